package dhat

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/profile/profiletest"
)

func TestReadingsOfResidentMemoryThatAreWrongAreRefused(t *testing.T) {
	for name, change := range map[string]func(*profile.ResidentReading){
		"point":        func(r *profile.ResidentReading) { r.Points[0].Point = 2 },
		"part's point": func(r *profile.ResidentReading) { r.Parts[2].Point = 2 },
		"sum":          func(r *profile.ResidentReading) { r.Parts[0].Bytes = math.MaxUint64 },
	} {
		p := profiletest.Sample()
		change(&p.Recording.Resident.Readings[0])
		if err := checkAndWrite(new(bytes.Buffer), p); err == nil {
			t.Errorf("%s: written", name)
		}
	}
	text := string(encode(t, profiletest.Sample()))
	damaged := strings.Replace(text, `"points":[[1,`, `"points":[[18446744073709551615,`, 1)
	if damaged == text {
		t.Fatal("the file has no such row")
	}
	if _, err := Read(strings.NewReader(damaged)); err == nil {
		t.Error("read")
	}
}
