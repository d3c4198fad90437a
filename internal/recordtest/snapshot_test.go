//go:build linux && amd64

package recordtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"heapprof/cmd/opening"
	"heapprof/cmd/wording"
	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// heldBy returns how many blocks a variable retains in each snapshot, by its mark, or its kind.
func heldBy(p *profile.Profile, variable string) map[string]uint64 {
	held := make(map[string]uint64)
	for i := range p.Recording.Snapshots {
		s := &p.Recording.Snapshots[i]
		name := s.Mark
		if s.Kind != profile.MarkSnapshot {
			name = string(s.Kind)
		}
		for _, o := range s.Owners {
			if o.Kind == profile.GlobalOwner && o.Name == variable {
				held[name] += o.Retained.Blocks
			}
		}
	}
	return held
}

// TestASnapshotIsOfTheMomentAtWhichItIsAskedFor has a program keep 1, 2, 4 and 8 blocks in a variable,
// and ask for a snapshot in between; in other ways of asking it does not wait for that.
func TestASnapshotIsOfTheMomentAtWhichItIsAskedFor(t *testing.T) {
	phases := map[string]uint64{"phase 1": 1, "phase 2": 3, "phase 3": 7}
	for _, c := range []struct {
		name, way string
		flags     []string
		want      map[string]uint64
		waits     bool // for the copies; else more blocks may be held by then
	}{
		{"process", "snapshot", []string{"--retained=mark"}, phases, true},
		{"recording", "snapshots", []string{"--retained=mark"}, phases, true},
		{"not prepared", "snapshot", nil, phases, true},
		{"exit", "command", []string{"--retained=exit"}, map[string]uint64{"exit": 15}, true},
		{"marks", "command", []string{"--retained=mark"}, phases, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			// On a busy machine a thread may not be stopped in time, and a program that does not wait may
			// have ended before its last copy.
			wrong := ""
			for range 5 {
				r := record(t, c.flags, testkit.Build(t, "marks.c", "-O2", "-g", "-pthread"), c.way)
				if wrong = wrongSnapshots(&r, c.way, c.want, c.waits); wrong == "" {
					return
				}
			}
			t.Error(wrong)
		})
	}
}

// wrongSnapshots returns what is wrong with the snapshots of a recording; "" if nothing is.
func wrongSnapshots(r *recording, way string, want map[string]uint64, waits bool) string {
	held := heldBy(r.Profile, "kept")
	switch {
	case r.Status != 0:
		return fmt.Sprintf("status %d, %s", r.Status, r.Stderr)
	case way == "snapshot" && !strings.Contains(r.Stderr, "copied for snapshot phase 1 at "):
		return fmt.Sprintf("heapprof snapshot says %q", r.Stderr)
	case waits && !maps.Equal(held, want):
		return fmt.Sprintf("blocks held in the snapshots: %v, want %v", held, want)
	}
	for mark, least := range want {
		if held[mark] < least {
			return fmt.Sprintf("%d blocks are held at %s, want %d or more", held[mark], mark, least)
		}
	}
	return ""
}

func TestASnapshotThatIsNotThereIsNoted(t *testing.T) {
	for _, c := range []struct {
		flags  []string
		script string
		why    string
	}{
		{[]string{"--retained=exit"}, "kill -KILL $$", "signal 9 ended it"},
		{[]string{"--retained=exit", "--retained-memory=1KiB"}, "true", "it takes more memory than 1.00 KiB; --retained-memory lets heapprof take more"},
	} {
		r := record(t, c.flags, "sh", "-c", c.script)
		if !slices.ContainsFunc(r.Profile.Recording.Notes, func(n profile.Note) bool {
			return n.Code == profile.ExitNotCopied && strings.HasSuffix(wording.NoteWords(n), c.why)
		}) {
			t.Errorf("%s: the notes are %+v", c.script, r.Profile.Recording.Notes)
		}
		if _, err := opening.ChosenSnapshot(r.Profile, "p.json", ""); err == nil || !strings.HasSuffix(err.Error(), c.why) {
			t.Errorf("%s: the report says %v", c.script, err)
		}
	}
}
