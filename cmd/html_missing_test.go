package cmd

import (
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
)

// heldAndMapped returns a profile with snapshots and with mappings, whose points are not the heap's.
func heldAndMapped() *profile.Profile {
	p := reporttest.Held()
	p.Recording.Mappings = &profile.Mappings{Points: []profile.Point{{TotalBytes: 4096, TotalBlocks: 1, PeakBytes: 4096, PeakBlocks: 1, Stack: p.Points[0].Stack}}}
	return p
}

func TestAPageSaysWhyItHasNothingToShow(t *testing.T) {
	empty := func(p *profile.Profile) *profile.Profile {
		p.Points = nil
		return p
	}
	for name, c := range map[string]struct {
		profiles []*profile.Profile
		flags    []string
		missing  map[string]string // what is said of what; "": it is there
	}{
		"valgrind": {[]*profile.Profile{reporttest.Foreign(t, "valgrind-heap.json")}, nil, map[string]string{
			"resident": "this profile does not tell what was resident: valgrind does not record it, heapprof run does",
			"owners":   "this profile does not tell who holds what: valgrind does not record it, heapprof run --retained does",
			"retained": "heapprof run --retained does", "growth": "does not tell how blocks grew: valgrind", "histograms": "does not tell how large blocks were: valgrind",
			"timeline": "this profile has no timeline: valgrind", "range": "at other moments than the peak and the end: valgrind", "types": "",
			"findings": "most findings need what heapprof run records", "peak": "", "leaks": "", "churn": "", "flame": "", "table": "", "tree": "",
		}},
		"dhat-rs": {[]*profile.Profile{reporttest.Foreign(t, "dhat-rs-heap.json")}, nil, map[string]string{"resident": "dhat-rs does not record it, heapprof run does", "peak": ""}},
		"copies": {[]*profile.Profile{reporttest.Foreign(t, "valgrind-copy.json")}, nil, map[string]string{
			"types": "there are no types: it counts copies", "findings": "findings are about the heap", "timeline": "it counts copies",
			"peak": "this profile does not tell what lived at the peak: it counts copies, not blocks of the heap", "leaks": "it counts copies", "churn": "it counts copies", "flame": "",
		}},
		"sampled":         {[]*profile.Profile{reporttest.Sampled()}, nil, map[string]string{"resident": "where blocks are sampled it is not known in which pages most are", "peak": ""}},
		"nothing sampled": {[]*profile.Profile{empty(reporttest.Sampled())}, nil, map[string]string{"flame": "no block was sampled, as one is in each 16.0 KiB", "peak": "no block was sampled"}},
		"nothing":         {[]*profile.Profile{empty(reporttest.Sample())}, nil, map[string]string{"flame": "nothing was recorded", "findings": "nothing was recorded", "table": "nothing was recorded", "leaks": "nothing was recorded"}},
		"mappings": {[]*profile.Profile{reporttest.Mapped()}, []string{"--mappings"}, map[string]string{
			"types": "mappings have no types", "timeline": "mappings were not followed over time", "range": "this is what was mapped: heapprof html a.json shows the heap", "growth": "this is what was mapped", "owners": "this is what was mapped", "findings": "findings are about the heap", "peak": "",
		}},
		"mappings beside what held blocks": {[]*profile.Profile{heldAndMapped()}, []string{"--mappings"}, map[string]string{"owners": "this is what was mapped", "resident": "this is what was mapped", "peak": ""}},
		"two": {[]*profile.Profile{reporttest.Held(), reporttest.Held()}, nil, map[string]string{
			"owners": "two profiles are compared here: heapprof html b.json shows it of one", "resident": "heapprof html b.json shows it of one", "range": "parts of a run are shown of one profile: heapprof html b.json", "peak": "",
		}},
		"held":  {[]*profile.Profile{reporttest.Held()}, nil, map[string]string{"owners": "", "retained": ""}},
		"typed": {[]*profile.Profile{reporttest.Typed()}, nil, map[string]string{"types": ""}},
		"facts": {[]*profile.Profile{reporttest.WithFacts()}, nil, map[string]string{"growth": "", "range": "", "flame": "", "histograms": ""}},
	} {
		p := lookedAt(t, c.flags, c.profiles...)
		for of, want := range c.missing {
			if got := p.Missing[of]; (got == "") != (want == "") || !strings.Contains(got, want) {
				t.Errorf("%s: of %s it says %q, want %q", name, of, got, want)
			}
		}
	}
}
