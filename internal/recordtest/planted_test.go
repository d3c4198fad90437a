//go:build linux && (amd64 || arm64)

package recordtest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"heapprof/cmd/wording"
	"heapprof/internal/report/finding"
	"heapprof/internal/report/human"
	"heapprof/internal/report/view"
	"heapprof/internal/testkit"
)

// plantedProgram is a program of testdata/programs/planted.
type plantedProgram struct {
	source  string
	code    finding.Code
	archive string // a static library that it is linked with
	held    bool   // it is recorded with --retained
}

// plantedPrograms are the programs of testdata/programs/planted: each does what one finding is
// about, or, with another argument, something like it that is harmless.
var plantedPrograms = []plantedProgram{
	{source: "churn.c", code: finding.Churn},
	{source: "grows.cc", code: finding.Grows},
	{source: "levelled.cc", code: finding.LevelledOff},
	{source: "freed_at_exit.cc", code: finding.FreedAtExit},
	{source: "outlives.c", code: finding.OutlivesUse},
	{source: "forgotten.c", code: finding.ForgottenPath},
	{source: "rebuilt.cc", code: finding.Rebuilt},
	{source: "rebuilt.rs", code: finding.Rebuilt},
	{source: "tiny.c", code: finding.Tiny},
	{source: "unreserved.cc", code: finding.UnreservedGrowth},
	{source: "unreserved.rs", code: finding.UnreservedGrowth},
	{source: "constant.c", code: finding.ConstantGrowth},
	{source: "peakcopy.cc", code: finding.PeakCopy},
	{source: "paired.cc", code: finding.Paired},
	{source: "handed.c", code: finding.HandedOver},
	{source: "gap.c", code: finding.ResidentGap},
	{source: "rounding.c", code: finding.Rounding, archive: "libjemalloc_pic.a"},
	{source: "unreachable.cc", code: finding.Unreachable, held: true},
	{source: "cycles.cc", code: finding.Unreachable, held: true},
	{source: "owner.cc", code: finding.OneOwner, held: true},
	{source: "duplicates.cc", code: finding.Duplicates, held: true},
	{source: "unused.rs", code: finding.UnusedCapacity, held: true},
	{source: "empty.cc", code: finding.EmptyContainers, held: true},
	{source: "sparse.c", code: finding.SparseChunks, held: true},
	{source: "zeroes.c", code: finding.ConstantBytes, held: true},
}

// The planted finding must be the first one, at the line that the source says, and the near miss must
// not have it.
func TestPlantedProgramsHaveTheirFindingAndNearMissesHaveNot(t *testing.T) {
	for _, row := range plantedPrograms {
		t.Run(row.source, func(t *testing.T) {
			t.Parallel()
			flags := []string{"-g"}
			if row.archive != "" {
				flags = append(flags, findLibrary(t, row.archive), "-lm")
			}
			bin := testkit.Build(t, filepath.Join("planted", row.source), flags...)
			wanted, said := false, ""
			for try := 0; !wanted && try < 3; try++ { // where the machine has no time for it, a finding may be missed
				wanted, said = row.isFoundFirst(t, bin)
			}
			if !wanted {
				t.Errorf("planted: want %s first, at one of %v:%s", row.code, siteMarks(t, row.source, row.code), said)
			}
			all, said := foundIn(t, row.flags(), bin, "harmless")
			if slices.ContainsFunc(all, func(f finding.Finding) bool { return f.Code == row.code }) {
				t.Errorf("harmless: want no %s:%s", row.code, said)
			}
		})
	}
}

// isFoundFirst reports whether the finding that is planted is the first one, at the line that the
// source marks, and returns what is found.
func (p *plantedProgram) isFoundFirst(t *testing.T, bin string) (is bool, said string) {
	t.Helper()
	all, said := foundIn(t, p.flags(), bin, "planted")
	is = len(all) > 0 && all[0].Code == p.code && all[0].Site != nil &&
		slices.Contains(siteMarks(t, p.source, p.code), all[0].Site.Place)
	return is, said
}

// flags returns those of run.
func (p *plantedProgram) flags() []string {
	if p.held {
		return []string{"--retained"}
	}
	return nil
}

// foundIn records a program and returns what is found, also as it is said.
func foundIn(t *testing.T, flags []string, program string, args ...string) (all []finding.Finding, said string) {
	t.Helper()
	r := record(t, flags, program, args...)
	if r.Status != 0 {
		t.Fatalf("status %d\n%s", r.Status, r.Stderr)
	}
	all = finding.OfHeap(view.NewSource(r.Profile))
	for _, f := range all {
		said += "\n" + wording.Headline(f, human.UnitsOf(r.Profile))
	}
	t.Logf("%v:%s", args, said)
	return all, said
}

// 60,000 dictionaries are in Python's own arenas, which it maps; with PYTHONMALLOC=malloc, the switch
// that the finding names, and that run sets unless it is told not to, they are blocks.
func TestAnInterpretersOwnAllocatorIsNamedWithItsSwitch(t *testing.T) {
	const script = `import time; rows = [{"id": i} for i in range(60000)]; time.sleep(0.2)`
	all, said := foundIn(t, []string{"--python=false"}, python(t), "-c", script)
	if len(all) == 0 || all[0].Code != finding.HiddenAllocator || !strings.Contains(said, "PYTHONMALLOC=malloc") {
		t.Errorf("want %s with its switch first:%s", finding.HiddenAllocator, said)
	}
	all, said = foundIn(t, nil, python(t), "-c", script)
	if slices.ContainsFunc(all, func(f finding.Finding) bool { return f.Code == finding.HiddenAllocator }) {
		t.Errorf("with the switch: want no %s:%s", finding.HiddenAllocator, said)
	}
}

// siteMarks returns the lines of a planted program that say "site: code".
func siteMarks(t *testing.T, source string, code finding.Code) (places []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "testdata", "programs", "planted", source))
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(string(text), "\n") {
		if strings.Contains(line, "site: "+string(code)) {
			places = append(places, fmt.Sprintf("%s:%d", source, i+1))
		}
	}
	return places
}
