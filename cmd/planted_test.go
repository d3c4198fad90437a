//go:build linux && (amd64 || arm64)

package cmd

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"heapprof/internal/report/finding"
	"heapprof/internal/report/human"
	"heapprof/internal/report/view"
	"heapprof/internal/testkit"
)

// plantedPrograms are the programs of testdata/programs/planted: each does what one finding is
// about, or, with another argument, something like it that is harmless.
var plantedPrograms = []struct {
	source string
	code   finding.Code
	flags  []string
}{
	{source: "churn.c", code: finding.Churn},
	{source: "grows.cc", code: finding.Grows},
	{source: "levelled.cc", code: finding.LevelledOff},
	{source: "freed_at_exit.cc", code: finding.FreedAtExit},
	{source: "outlives.c", code: finding.OutlivesUse},
}

// The planted finding must be the first one, at the line that the source says, and the near miss must
// not have it.
func TestPlantedProgramsHaveTheirFindingAndNearMissesHaveNot(t *testing.T) {
	for _, row := range plantedPrograms {
		t.Run(row.source, func(t *testing.T) {
			t.Parallel()
			bin := testkit.Build(t, filepath.Join("planted", row.source), append([]string{"-g"}, row.flags...)...)
			all, said := plantedFindings(t, bin, "planted")
			if len(all) == 0 || all[0].Code != row.code {
				t.Errorf("planted: want %s first:%s", row.code, said)
			} else if at := siteMarks(t, row.source, row.code); !slices.Contains(at, all[0].Site.Place) {
				t.Errorf("planted: want it at one of %v:%s", at, said)
			}
			all, said = plantedFindings(t, bin, "harmless")
			if slices.ContainsFunc(all, func(f finding.Finding) bool { return f.Code == row.code }) {
				t.Errorf("harmless: want no %s:%s", row.code, said)
			}
		})
	}
}

// plantedFindings records a planted program and returns what is found, also as it is said.
func plantedFindings(t *testing.T, bin, mode string) (all []finding.Finding, said string) {
	t.Helper()
	r := record(t, nil, bin, mode)
	if r.Status != 0 {
		t.Fatalf("%s: status %d\n%s", mode, r.Status, r.Stderr)
	}
	all = finding.OfHeap(view.NewSource(r.Profile))
	for _, f := range all {
		said += "\n" + headline(f, human.UnitsOf(r.Profile))
	}
	t.Logf("%s:%s", mode, said)
	return all, said
}

// siteMarks returns the lines of a planted program that say "site: code".
func siteMarks(t *testing.T, source string, code finding.Code) (places []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "testdata", "programs", "planted", source))
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
