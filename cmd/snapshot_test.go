//go:build linux && amd64

package cmd

import (
	"maps"
	"slices"
	"strings"
	"testing"

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
	}{
		{"process", "snapshot", []string{"--retained=mark"}, phases},
		{"recording", "snapshots", []string{"--retained=mark"}, phases},
		{"not prepared", "snapshot", nil, phases},
		{"exit", "command", []string{"--retained=exit"}, map[string]uint64{"exit": 15}},
		{"marks", "command", []string{"--retained=mark"}, map[string]uint64{"phase 1": 1, "phase 2": 3, "phase 3": 7}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := record(t, c.flags, testkit.Build(t, "marks.c", "-O2", "-g", "-pthread"), c.way)
			if r.Status != 0 {
				t.Errorf("status %d, %s", r.Status, r.Stderr)
			}
			if c.way == "snapshot" && !strings.Contains(r.Stderr, "copied for snapshot phase 1 at ") {
				t.Errorf("heapprof snapshot says %q", r.Stderr)
			}
			held := heldBy(r.Profile, "kept")
			if c.name == "marks" { // the program has its answer before the copy is made
				for mark, least := range c.want {
					if held[mark] < least {
						t.Errorf("%d blocks are held at %s, want %d or more", held[mark], mark, least)
					}
				}
				return
			}
			if !maps.Equal(held, c.want) {
				t.Errorf("blocks held in the snapshots: %v, want %v", held, c.want)
			}
		})
	}
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
			return n.Code == profile.ExitNotCopied && strings.HasSuffix(noteWords(n), c.why)
		}) {
			t.Errorf("%s: the notes are %+v", c.script, r.Profile.Recording.Notes)
		}
		if _, err := chosenSnapshot(r.Profile, "p.json", ""); err == nil || !strings.HasSuffix(err.Error(), c.why) {
			t.Errorf("%s: the report says %v", c.script, err)
		}
	}
}
