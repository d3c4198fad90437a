package dhat

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/profile/profiletest"
)

func TestSnapshotsThatAreWrongAreRefused(t *testing.T) {
	for name, change := range map[string]func(*profile.Snapshot){
		"held":      func(s *profile.Snapshot) { s.Owners[0].Top[0].Point = 2 },
		"shared":    func(s *profile.Snapshot) { s.SharedTop[0].Point = 2 },
		"group":     func(s *profile.Snapshot) { s.Groups[0].Point = 2 },
		"owner":     func(s *profile.Snapshot) { s.Groups[0].Owner = 1 },
		"reference": func(s *profile.Snapshot) { s.References[0].To = 3 },
		"deep":      func(s *profile.Snapshot) { s.Deep[0].Point = 2 },
		"contents":  func(s *profile.Snapshot) { s.Contents[0].Point = -1 },
		"sum":       func(s *profile.Snapshot) { s.Shared.Bytes = math.MaxUint64 },
	} {
		p := profiletest.Sample()
		change(&p.Recording.Snapshots[0])
		if err := checkAndWrite(new(bytes.Buffer), p); err == nil {
			t.Errorf("%s: written", name)
		}
	}
	text := string(encode(t, profiletest.Sample()))
	for _, row := range []string{`"groups":[[1,`, `"names":["",`, `"references":[[1,`} {
		damaged := strings.Replace(text, row, row[:strings.LastIndexAny(row, `["`)]+`18446744073709551615,`, 1)
		if row == `"names":["",` {
			damaged = strings.Replace(text, row, `"names":[`, 1)
		}
		if damaged == text {
			t.Fatalf("the file has no %s", row)
		}
		if _, err := Read(strings.NewReader(damaged)); err == nil {
			t.Errorf("%s: read", row)
		}
	}
}
