//go:build linux && (amd64 || arm64)

package recordtest

import (
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// growthIn returns how the blocks grew that were allocated through a function; nil if none did.
func growthIn(p *profile.Profile, function string) (sum *profile.Growth) {
	facts := (*profile.Facts)(nil)
	for i := range p.Points {
		for _, f := range p.Points[i].Stack.All() {
			if strings.HasPrefix(p.Frames[f].Function, function+"(") || p.Frames[f].Function == function {
				facts = facts.Plus(p.Points[i].Rest().Facts)
				break
			}
		}
	}
	if facts == nil {
		return nil
	}
	return facts.Growth
}

func TestBlocksThatGrowAreToldFromThoseThatCome(t *testing.T) {
	p := record(t, nil, testkit.Build(t, "grown.cc", "-O1", "-g", "-fno-builtin")).Profile
	doubling := func(chains, first, last uint64) profile.Growth {
		sum := last - first // of the sizes before the last, which double
		return profile.Growth{
			Chains: chains, LongChains: chains, LongBlocks: 10 * chains, LongBytes: chains * sum,
			Steps: 10, First: first, Last: last, LeastAdded: first, MostAdded: last / 2, Moves: 10 * chains, CopiedBytes: chains * sum,
		}
	}
	for function, want := range map[string]profile.Growth{
		"vector_of_ints":    doubling(5, 4, 4096),
		"vector_of_strings": doubling(1, 32, 32768),
		"by_realloc": {
			Chains: 3, LongChains: 3, LongBlocks: 3 * 99, LongBytes: 3 * 4_950_000,
			Steps: 99, First: 1000, Last: 100_000, LeastAdded: 1000, MostAdded: 1000,
		},
	} {
		got := growthIn(p, function)
		if got == nil {
			t.Errorf("%s did not grow", function)
			continue
		}
		g := *got
		if function == "by_realloc" {
			g.Moves, g.CopiedBytes = 0, 0 // the C library's affair
		}
		g.PeakOld = 0
		if g != want {
			t.Errorf("%s grew\n%+v, want\n%+v", function, g, want)
		}
	}
	if g := growthIn(p, "ring_of_any_size"); g != nil {
		t.Errorf("a ring of blocks grew: %+v", g)
	}
	if g := growthIn(p, "queue"); g != nil && g.Steps > 1 { // the array of a deque's parts may grow once
		t.Errorf("a queue grew: %+v", g)
	}
}

func TestEachThreadHasWhatItAllocated(t *testing.T) {
	r := record(t, nil, testkit.Build(t, "named_threads.c", "-O1", "-g", "-fno-builtin", "-pthread"))
	found, others := make(map[string]profile.Thread), profile.Thread{}
	sum := profile.Thread{}
	for _, row := range r.Profile.Recording.ByThread {
		sum.TotalBlocks += row.TotalBlocks
		sum.FreedElsewhere += row.FreedElsewhere
		if strings.HasPrefix(row.Name, "worker ") {
			row.ID, row.PeakBytes, row.PeakBlocks = 0, 0, 0
			found[row.Name] = row
		} else if row.TotalBytes == 50*row.Threads {
			others.Threads += row.Threads
			others.TotalBlocks += row.TotalBlocks
			others.TemporaryBlocks += row.TemporaryBlocks
		}
	}
	for name, want := range map[string]profile.Thread{
		"worker 1": {TotalBlocks: 10, TemporaryBlocks: 1}, // the last one, which it freed without another allocation
		"worker 2": {TotalBlocks: 20, FreedElsewhere: 20},
		"worker 3": {TotalBlocks: 30, FreedElsewhere: 30},
	} {
		want.Name, want.Threads, want.TotalBytes, want.MaxBytes = name, 1, 100*want.TotalBlocks, 100*want.TotalBlocks
		if found[name] != want {
			t.Errorf("%s has %+v, want %+v", name, found[name], want)
		}
	}
	if want := (profile.Thread{Threads: 300, TotalBlocks: 300, TemporaryBlocks: 300}); others != want {
		t.Errorf("the brief threads have %+v, want %+v", others, want)
	}
	if rows := len(r.Profile.Recording.ByThread); rows > 100 {
		t.Errorf("%d rows for 304 threads", rows)
	}
	elsewhere, blocks := uint64(0), uint64(0)
	for i := range r.Profile.Points {
		elsewhere += r.Profile.Points[i].Rest().Facts.FreedElsewhere
		blocks += r.Profile.Points[i].TotalBlocks
	}
	if sum.TotalBlocks != blocks || sum.FreedElsewhere != elsewhere {
		t.Errorf("threads have %d blocks, %d freed elsewhere; points %d and %d", sum.TotalBlocks, sum.FreedElsewhere, blocks, elsewhere)
	}
}
