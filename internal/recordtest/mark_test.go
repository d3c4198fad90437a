//go:build linux && amd64

package recordtest

import (
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// liveAtMarks returns, by its name, how many blocks of a function lived at each mark.
func liveAtMarks(p *profile.Profile, function string) map[string]uint64 {
	live := make(map[string]uint64)
	for moment, m := range p.Moments {
		if m.Mark == "" {
			continue
		}
		live[m.Mark] = 0
		for i := range p.Points {
			pt := &p.Points[i]
			if slices.ContainsFunc(stack(p, pt), func(f profile.Frame) bool { return f.Function == function }) {
				live[m.Mark] += pt.StateAt(uint32(moment)).Blocks
			}
		}
	}
	return live
}

// TestEachWayOfMarkingMarksItsMoment has a program say in each way where it is: the profile must
// have what lived there, to the block.
func TestEachWayOfMarkingMarksItsMoment(t *testing.T) {
	signal, functions := []string{"--mark-signal", "USR1"}, []string{"--mark-at", "first_phase", "--mark-at", "second_phase", "--mark-at", "mixed"}
	signals := map[string]uint64{"USR1 1": 1, "USR1 2": 3, "USR1 3": 7}
	for _, c := range []struct {
		way   string
		flags []string
		want  map[string]uint64
	}{
		{"function", functions, map[string]uint64{"first_phase": 1, "mixed": 1, "second_phase": 3}},
		{"threads", functions, map[string]uint64{"first_phase": 1}},
		{"signal", signal, signals},
		{"command", nil, map[string]uint64{"phase 1": 1, "phase 2": 3, "phase 3": 7}},
		{"recorder", nil, map[string]uint64{"phase 1": 1, "phase 2": 3, "phase 3": 7}},
		{"blocked", signal, map[string]uint64{"USR1 1": 3}},
		{"filtered", signal, signals},
		{"handled", signal, map[string]uint64{}},
		{"heapprof", signal, map[string]uint64{"USR1 1": 0}},
		{"signal", append([]string{"--sample=1"}, signal...), signals},
	} {
		t.Run(c.way, func(t *testing.T) {
			t.Parallel()
			r := record(t, c.flags, testkit.Build(t, "marks.c", "-O2", "-g", "-pthread"), c.way)
			if r.Status != 0 {
				t.Errorf("status %d, %s", r.Status, r.Stderr)
			}
			said := map[string]string{"command": "marked phase 1 at [0-9.]+ .?s of marks \\([0-9]+\\)\n", "recorder": "marked phase 3 at [0-9.]+ .?s of the recording"}[c.way]
			if !regexp.MustCompile(said).MatchString(r.Stderr) {
				t.Errorf("heapprof mark says %q, want %s", r.Stderr, said)
			}
			if live := liveAtMarks(r.Profile, "keep"); !maps.Equal(live, c.want) {
				t.Errorf("blocks live at the marks: %v, want %v", live, c.want)
			}
		})
	}
}

func TestStaticProgramsAreMarked(t *testing.T) {
	for _, build := range staticBuilds {
		t.Run(build.name, func(t *testing.T) {
			t.Parallel()
			program := testkit.BuildWith(t, testkit.Tool(t, build.compiler), "marks.c", append([]string{"-O2", "-g", "-pthread"}, build.flags...)...)
			r := record(t, []string{"--mark-at", "first_phase", "--mark-at", "second_phase"}, program, "function")
			if live := liveAtMarks(r.Profile, "keep"); r.Status != 0 || !maps.Equal(live, map[string]uint64{"first_phase": 1, "second_phase": 3}) {
				t.Errorf("status %d, blocks live at the marks: %v; %s", r.Status, live, r.Stderr)
			}
			r = record(t, []string{"--mark-signal", "USR1"}, program, "signal")
			if live := liveAtMarks(r.Profile, "keep"); r.Status != 0 || !maps.Equal(live, map[string]uint64{"USR1 1": 1, "USR1 2": 3, "USR1 3": 7}) {
				t.Errorf("status %d, blocks live at the signals: %v; %s", r.Status, live, r.Stderr)
			}
		})
	}
}

func TestAForkedChildHasMarksOfItsOwn(t *testing.T) {
	dir := t.TempDir()
	flags := []string{"-q", "--children", "--mark-signal", "USR1", "--mark-at", "first_phase", "--mark-at", "second_phase", "-o", filepath.Join(dir, "p.json")}
	r := testkit.Run(t, heapprofRun(flags, testkit.Build(t, "marks.c", "-O2", "-g", "-pthread"), "forked"))
	if r.Status != 0 {
		t.Fatalf("status %d, %s", r.Status, r.Stderr)
	}
	var all []string
	for _, file := range filesBelow(t, dir) {
		all = append(all, fmt.Sprint(liveAtMarks(readRecording(t, file), "keep")))
	}
	slices.Sort(all)
	want := []string{"map[USR1 1:3 first_phase:1 second_phase:3]", "map[USR1 1:7 second_phase:3]"}
	if !slices.Equal(all, want) {
		t.Errorf("blocks live at the marks of the program and its child: %s, want %s", all, want)
	}
}

// TestWhyAFunctionIsNotMarkedIsSaid names one that is nowhere, one that is patched for its blocks,
// one that is too short, and one that nobody calls.
func TestWhyAFunctionIsNotMarkedIsSaid(t *testing.T) {
	program := testkit.Build(t, "marks.c", "-O2", "-g", "-pthread")
	flags := []string{"--top", "0", "-o", filepath.Join(t.TempDir(), "p.json"), "--mark-at", "nowhere", "--mark-at", "malloc", "--mark-at", "first_phase", "--mark-at", "short_one"}
	r := testkit.Run(t, heapprofRun(flags, program, "handled"))
	for _, want := range []string{
		"heapprof: --mark-at nowhere: no function of that name is in what the program begins with (nm -C shows the names; a function that is inlined everywhere has none); what it loads or starts later may have one\n",
		"heapprof: --mark-at malloc: it cannot be marked in libc.so.6 (it is patched already, for what it allocates, maps or frees)\n",
		"heapprof: --mark-at short_one: it cannot be marked in marks (it ends after 1 byte, and what follows is no padding: no room for a jump)\n",
		"heapprof: --mark-at first_phase: it was never entered\n",
	} {
		if !strings.Contains(r.Stderr, want) {
			t.Errorf("standard error lacks %q:\n%s", want, r.Stderr)
		}
	}
}

func TestMarksOfTimeAreNamedAfterIt(t *testing.T) {
	r := record(t, []string{"--mark-every", "20ms"}, "sleep", "0.3")
	last := 0
	for _, m := range r.Profile.Moments {
		if m.Mark == "" {
			continue
		}
		var n int
		if _, err := fmt.Sscanf(m.Mark, "%d ms", &n); err != nil || n <= last || n%20 != 0 {
			t.Errorf("%q, at %d µs, follows %d ms", m.Mark, m.Time, last)
		}
		last = n
	}
	if last == 0 {
		t.Errorf("there are no marks: %v", r.Profile.Moments)
	}
}
