package pprof

import (
	"fmt"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
)

func TestWhoHeldBlocksAndThroughWhatAreLabelsOfSamplesOfTheirOwn(t *testing.T) {
	p := typed()
	p.Mode = "heap"
	prof := convertWith(t, p, Options{Held: []Holding{
		{0, "cache (global)", "Table (a.c:1) → Row (a.c:2)", 30, 3}, {2, "(lost)", "", 7, 1}, {1, "cache (global)", "Row (a.c:2)", 2, 1},
	}})
	var types, got []string
	for _, s := range prof.SampleType {
		types = append(types, s.Type)
	}
	if want := "alloc_objects alloc_space held_objects held_space"; strings.Join(types, " ") != want {
		t.Errorf("types %s, want %s", types, want)
	}
	for _, s := range prof.Sample {
		got = append(got, fmt.Sprint(s.Value[1:], s.Label["owner"], s.Label["path"], s.Label["type"], len(s.Location)))
	}
	want := []string{
		"[40 0 0] [] [] [Vec<Event>] 5", "[2 0 0] [] [] [Vec<u8>] 5", "[300 0 0] [] [] [] 1",
		"[0 3 30] [cache (global)] [Table (a.c:1) → Row (a.c:2)] [Vec<Event>] 5", "[0 1 7] [(lost)] [] [] 1",
		"[0 1 2] [cache (global)] [Row (a.c:2)] [Vec<u8>] 5",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestWhatLivedAtAMarkIsAValue(t *testing.T) {
	p := reporttest.Found()
	p.Moments[9].Mark, p.Moments[19].Mark, p.Moments[29].Mark = "loaded", "all done!", "loaded"
	prof := convertWith(t, p, Options{Marks: true})
	sums := map[string]int64{}
	for i, s := range prof.SampleType {
		for _, sample := range prof.Sample {
			sums[s.Type] += sample.Value[i]
		}
	}
	at := func(moment int) (sum int64) {
		for i := range p.Points {
			sum += int64(p.Points[i].StateAt(uint32(moment)).Bytes)
		}
		return sum
	}
	if sums["inuse_space_at_loaded"] != at(9) || sums["inuse_space_at_all_done_"] != at(19) || at(9) == 0 || sums["inuse_space"] != int64(p.Totals().EndBytes) || len(sums) != 8 {
		t.Errorf("got %v", sums)
	}
}

func TestAServerOfProfilesGetsNoMarks(t *testing.T) {
	p := reporttest.Found()
	p.Moments[9].Mark = "loaded"
	for _, o := range []Options{{}, {Values: FleetValues, Marks: true, Held: []Holding{{0, "cache", "Row", 1, 1}}}} {
		for _, s := range convertWith(t, p, o).SampleType {
			if strings.Contains(s.Type, "_at_") || strings.Contains(s.Type, "held") {
				t.Errorf("%+v: %s", o, s.Type)
			}
		}
	}
	if p.Measure() != profile.HeapBlocks {
		t.Error("the profile is of no heap")
	}
}
