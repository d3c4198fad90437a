package patch

import (
	"regexp"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/tracker/patch/codefile"
	"heapprof/internal/tracker/patch/flow"
	"heapprof/internal/tracker/patch/patchtest"
)

// hookAllFunctions plans the hook of every function of a file, and counts the refusals by
// reason, numbers left out.
func hookAllFunctions(t *testing.T, path string, reasons map[string]int) (functions, hooked int) {
	t.Helper()
	m, err := codefile.Open(path, "", false)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	p := &planner{Analysis: flow.Analysis{File: m}}
	p.FindStarts()
	seen := make(map[uint64]bool)
	var targets []*target
	for s := range p.Symbols {
		if seen[s.Addr] || s.Indirect || s.Size == 0 {
			continue
		}
		seen[s.Addr] = true
		targets = append(targets, &target{entry: s.Addr, names: []string{string(s.Name)}, body: p.Body(s.Addr, s.Size)})
	}
	p.hookAll(targets)
	for _, target := range targets {
		if target.refused != nil {
			reasons[reasonClass(target.refused.String())]++
		} else {
			hooked++
		}
		if (target.refused == nil) != (target.hook != nil) {
			t.Errorf("%s: hooked %v and refused %v", target.names[0], target.hook, target.refused)
		}
	}
	return len(targets), hooked
}

var numbers = regexp.MustCompile(`[+-]?0x[0-9a-f]+| [0-9a-f ]{8,}|[0-9]+`)

func reasonClass(reason string) string {
	if strings.HasPrefix(reason, "label-inside") {
		return "label-inside"
	}
	return numbers.ReplaceAllString(reason, "N")
}

// TestMostFunctionsOfRealLibrariesCanBeHooked plans the hook of every function of the
// machine's libraries.
func TestMostFunctionsOfRealLibrariesCanBeHooked(t *testing.T) {
	patchtest.EachArchitecture(t, func(t *testing.T, libraries []string) {
		reasons := make(map[string]int)
		all, allPlanned := 0, 0
		for _, path := range libraries {
			functions, planned := hookAllFunctions(t, path, reasons)
			all += functions
			allPlanned += planned
		}
		t.Logf("%d libraries, %d functions, %d planned", len(libraries), all, allPlanned)
		for reason, n := range reasons {
			t.Logf("%7d refused: %s", n, reason)
		}
		all -= reasons[string(profile.Loop)] // Go's functions do, for more stack
		if allPlanned*10 < all*9 {
			t.Errorf("%d of %d functions are planned, want at least nine tenths", allPlanned, all)
		}
	})
}
