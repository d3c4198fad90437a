package finding_test

import (
	"math"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/finding"
	"heapprof/internal/report/reporttest"
)

// A shape is what a line has allocated, and what of it lives, at a part of the run, in blocks.
type shape func(part float64) (total, live float64)

// line is a line whose blocks, of a size in bytes, have a shape. peak is the part of the run at
// which the peak is.
func line(size uint64, peak float64, s shape, facts profile.Facts) reporttest.Line {
	state := func(part float64) profile.State {
		total, live := s(part)
		t, l := uint64(math.Round(total)), uint64(math.Round(live))
		return profile.State{TotalBytes: size * t, TotalBlocks: t, Bytes: size * l, Blocks: l}
	}
	end, at := state(1), state(peak)
	most := at
	for i := range 1000 {
		if s := state(float64(i) / 1000); s.Bytes > most.Bytes {
			most = s
		}
	}
	return reporttest.Line{
		Function: "f",
		Point: profile.Point{
			TotalBytes:  end.TotalBytes,
			TotalBlocks: end.TotalBlocks,
			PeakBytes:   at.Bytes,
			PeakBlocks:  at.Blocks,
			EndBytes:    end.Bytes,
			EndBlocks:   end.Blocks,
		}.With(profile.Rest{
			MaxBytes:  most.Bytes,
			MaxBlocks: most.Blocks,
			Facts:     &facts,
		}),
		State: func(m int) profile.State { return state(float64(m+1) / reporttest.Windows) },
	}
}

// ramp rises from 0 to 1 between two parts of the run.
func ramp(part, from, to float64) float64 { return min(1, max(0, (part-from)/(to-from))) }

// even are the births of so many blocks between two parts of the run.
func even(size, blocks uint64, from, to float64) (all []profile.Births) {
	first, last := int(from*reporttest.Windows), int(to*reporttest.Windows)
	for m := first; m < last; m++ {
		n := blocks*uint64(m+1-first)/uint64(last-first) - blocks*uint64(m-first)/uint64(last-first)
		all = append(all, profile.Births{Moment: uint32(m), Bytes: n * size, Blocks: n})
	}
	return all
}

func TestHowLongBlocksStayTellsWhatIsWrong(t *testing.T) {
	const ms = 1000
	lived := func(short, long uint64) []profile.LifetimeClass {
		return []profile.LifetimeClass{{Max: 10 * ms, Blocks: short}, {Max: 8000 * ms, Blocks: long}}
	}
	for name, c := range map[string]struct {
		line reporttest.Line
		peak float64
		idle bool // the program does nothing else
		want finding.Code
	}{
		"a leak":                    {line: line(1000, 1, func(p float64) (float64, float64) { return 5000 * p, 5000 * p }, profile.Facts{}), want: finding.Grows},
		"a leak, with little freed": {line: line(1000, 1, func(p float64) (float64, float64) { return 5000 * p, 4800 * p }, profile.Facts{}), want: finding.Grows},
		"chunks":                    {line: line(1<<20, 1, func(p float64) (float64, float64) { return math.Floor(16 * p), math.Floor(16 * p) }, profile.Facts{})},
		"a leak, and a pause": {line: line(1000, 1, func(p float64) (float64, float64) {
			n := 5000 * (ramp(p, 0, 0.5)*0.6 + ramp(p, 0.75, 1)*0.4)
			return n, n
		}, profile.Facts{}), want: finding.Grows},
		"a global container":                         {line: line(1000, 0.98, func(p float64) (float64, float64) { return 5000 * p, 5000 * p * (1 - ramp(p, 0.985, 1)) }, profile.Facts{}), want: finding.Grows},
		"data that is gathered in the first half":    {line: line(1000, 1, func(p float64) (float64, float64) { n := 5000 * ramp(p, 0, 0.5); return n, n }, profile.Facts{})},
		"data that is gathered nearly to the end":    {line: line(1000, 1, func(p float64) (float64, float64) { n := 5000 * ramp(p, 0, 0.75); return n, n }, profile.Facts{})},
		"data that is gathered more and more slowly": {line: line(1000, 1, func(p float64) (float64, float64) { n := 5000 * math.Sqrt(math.Sqrt(p)); return n, n }, profile.Facts{})},
		"data that is gathered at the end":           {line: line(1000, 1, func(p float64) (float64, float64) { n := 1000*p + 40000*ramp(p, 0.9, 1); return n, n }, profile.Facts{})},

		"a full cache":                          {line: line(1000, 1, func(p float64) (float64, float64) { return 5000 * p, 1000 * ramp(p, 0, 0.2) }, profile.Facts{}), want: finding.LevelledOff},
		"a full cache, which then does nothing": {line: line(1000, 1, func(p float64) (float64, float64) { n := 5000 * ramp(p, 0, 0.2); return n, n / 5 }, profile.Facts{})},
		"a cache that fills late":               {line: line(1000, 1, func(p float64) (float64, float64) { return 5000 * p, 1000 * ramp(p, 0, 0.7) }, profile.Facts{})},
		"a cache that rises on":                 {line: line(1000, 1, func(p float64) (float64, float64) { return 5000 * p, 1000*ramp(p, 0, 0.2) + 100*p }, profile.Facts{})},
		"a full cache, which then is asked once more": {line: line(1000, 1, func(p float64) (float64, float64) {
			return 5000 * (ramp(p, 0, 0.2)/2 + ramp(p, 0.7, 0.8)/2), 1000 * ramp(p, 0, 0.2)
		}, profile.Facts{})},
		"what is there from the start": {line: line(1000, 1, func(p float64) (float64, float64) { return 1000 + 4000*p, 1000 }, profile.Facts{})},

		"a path that forgets": {
			line: line(1000, 1, func(p float64) (float64, float64) { return 10000 * p, 1000 * p }, profile.Facts{Births: even(1000, 1000, 0, 1), Lifetimes: lived(9000, 0)}),
			want: finding.ForgottenPath,
		},
		"containers that grow": {line: line(1000, 1, func(p float64) (float64, float64) { return 10000 * p, 1000 * p }, profile.Facts{
			Births: even(1000, 1000, 0, 1), Lifetimes: lived(9000, 0), Growth: &profile.Growth{Chains: 1000, Steps: 3, First: 10, Last: 1000},
		})},
		"deltas of which the best are kept": {
			line: line(1000, 1, func(p float64) (float64, float64) { return 10000 * p, 2500 * p }, profile.Facts{Births: even(1000, 2500, 0, 1), Lifetimes: lived(7500, 0)}),
		},
		"names that are kept at first": {
			line: line(1000, 1, func(p float64) (float64, float64) { return 10000 * p, 1000 * ramp(p, 0, 0.3) }, profile.Facts{Births: even(1000, 1000, 0, 0.3), Lifetimes: lived(9000, 0)}),
			want: finding.LevelledOff,
		},
		"a cache of which any may go": {
			line: line(1000, 1, func(p float64) (float64, float64) { return 10000 * p, 1000 * p }, profile.Facts{Births: even(1000, 1000, 0, 1), Lifetimes: lived(2000, 7000)}),
		},
		"sessions that come and go": {
			line: line(1000, 1, func(p float64) (float64, float64) { return 10000 * p, 1000 * min(1, 20*p) }, profile.Facts{Births: even(1000, 1000, 0.94, 1), Lifetimes: lived(9000, 0)}),
		},
		"few that are kept": {
			line: line(10_000, 1, func(p float64) (float64, float64) { return 10000 * p, 10 * p }, profile.Facts{Births: even(10_000, 10, 0, 1), Lifetimes: lived(9990, 0)}),
		},

		"a tree that is taken apart at the end": {line: line(1000, 0.9, func(p float64) (float64, float64) {
			n := 3_000_000 * ramp(p, 0, 0.2)
			return n, n * (1 - ramp(p, 0.985, 1))
		}, profile.Facts{}), want: finding.FreedAtExit},
		"a tree that goes in time": {line: line(1000, 0.9, func(p float64) (float64, float64) {
			n := 3_000_000 * ramp(p, 0, 0.2)
			return n, n * (1 - ramp(p, 0.9, 0.97))
		}, profile.Facts{})},
		"a result that is made at the end": {line: line(1000, 0.95, func(p float64) (float64, float64) {
			n := 3_000_000 * ramp(p, 0.8, 0.9)
			return n, n * (1 - ramp(p, 0.985, 1))
		}, profile.Facts{})},
		"blocks that go at the end in no time": {line: line(1000, 0.9, func(p float64) (float64, float64) { n := 5000 * ramp(p, 0, 0.2); return n, n * (1 - ramp(p, 0.985, 1)) }, profile.Facts{})},
		"large blocks that go at the end":      {line: line(10_000, 0.9, func(p float64) (float64, float64) { n := 5000 * ramp(p, 0, 0.2); return n, n * (1 - ramp(p, 0.985, 1)) }, profile.Facts{}), want: finding.FreedAtExit},
		"large blocks among many that go at the end": {line: line(10_000, 0.9, func(p float64) (float64, float64) { n := 5000 * ramp(p, 0, 0.2); return n, n * (1 - ramp(p, 0.985, 1)) },
			profile.Facts{Sizes: []profile.SizeClass{{Max: 64, Blocks: 4990, Bytes: 4990 * 60}, {Max: 8 << 20, Blocks: 10, Bytes: 50_000_000 - 4990*60}}})},
		"few blocks that go at the end": {line: line(1<<20, 0.9, func(p float64) (float64, float64) { n := 10 * ramp(p, 0, 0.2); return n, n * (1 - ramp(p, 0.985, 1)) }, profile.Facts{})},

		"a text that was read": {peak: 0.7, line: line(1000, 0.7, func(p float64) (float64, float64) {
			n := 5000 * ramp(p, 0, 0.1)
			return n, n * (1 - ramp(p, 0.71, 0.72))
		}, profile.Facts{}), want: finding.OutlivesUse},
		"a text that is waited with": {peak: 0.7, idle: true, line: line(1000, 0.7, func(p float64) (float64, float64) {
			n := 5000 * ramp(p, 0, 0.1)
			return n, n * (1 - ramp(p, 0.71, 0.72))
		}, profile.Facts{})},
		"a buffer that is used": {peak: 0.7, line: line(1000, 0.7, func(p float64) (float64, float64) {
			n := 5000 * ramp(p, 0, 0.1)
			return n, n * (1 - ramp(p, 0.71, 0.72))
		},
			profile.Facts{Sizes: []profile.SizeClass{{Max: 64, Blocks: 4999, Bytes: 4999 * 60}, {Max: 8 << 20, Blocks: 1, Bytes: 5_000_000 - 4999*60}}})},
		"a text that goes while the peak is made": {peak: 0.7, line: line(1000, 0.7, func(p float64) (float64, float64) {
			n := 5000 * ramp(p, 0, 0.1)
			return n, n * (1 - ramp(p, 0.2, 0.72))
		}, profile.Facts{})},
		"a text that was read just before": {peak: 0.7, line: line(1000, 0.7, func(p float64) (float64, float64) {
			n := 5000 * ramp(p, 0.5, 0.6)
			return n, n * (1 - ramp(p, 0.71, 0.72))
		}, profile.Facts{})},
		"a text that goes bit by bit": {peak: 0.7, line: line(1000, 0.7, func(p float64) (float64, float64) {
			n := 5000 * ramp(p, 0, 0.1)
			return n, n * (1 - ramp(p, 0.71, 0.9))
		}, profile.Facts{})},
		"a text that is kept for long": {peak: 0.5, line: line(1000, 0.5, func(p float64) (float64, float64) {
			n := 5000 * ramp(p, 0, 0.1)
			return n, n * (1 - ramp(p, 0.9, 0.91))
		}, profile.Facts{})},
	} {
		lines := []reporttest.Line{c.line}
		if c.peak > 0 {
			lines = append(lines, line(64<<10, c.peak, func(p float64) (float64, float64) { return 40 * p, 40 * p }, profile.Facts{}))
		}
		if c.idle {
			lines = lines[:1]
		}
		p := reporttest.Heap(lines...)
		if c.peak > 0 {
			p.PeakTime = uint64(c.peak * float64(p.EndTime))
		}
		if got := findings(p); len(got) != min(1, len(c.want)) || len(got) > 0 && got[0].Code != c.want {
			t.Errorf("%s: %v, want %q", name, codes(got), c.want)
		}
	}
}

// A parser's tables level off, too, when all is read.
func TestOnlyOfAProgramThatGoesOnItIsSaidThatItLevelledOff(t *testing.T) {
	cache := line(1000, 1, func(p float64) (float64, float64) { return 5000 * p, 1000 * ramp(p, 0, 0.2) }, profile.Facts{})
	read := line(10, 0.1, func(p float64) (float64, float64) { return 200_000 * p, 0 }, profile.Facts{})
	p := reporttest.Heap(cache, read)
	wantCodes(t, p)
	p.Recording.Signal = 15
	wantCodes(t, p, finding.LevelledOff)
}

func TestBlocksThatAnotherThreadFreesAreHandedOver(t *testing.T) {
	const blocks = 6_000_000
	for elsewhere, want := range map[uint64]int{blocks: 1, blocks / 2: 1, blocks/2 - 1: 0} {
		l := line(100, 0.5, func(p float64) (float64, float64) { return blocks * p, 100 * (1 - ramp(p, 0.99, 1)) }, profile.Facts{FreedElsewhere: elsewhere})
		got := findings(reporttest.Heap(l))
		if len(got) != want || want > 0 && (got[0].Code != finding.HandedOver || got[0].Amount.Blocks != elsewhere) {
			t.Errorf("%d freed elsewhere: %+v", elsewhere, got)
		}
	}
}

func codes(all []finding.Finding) (codes []finding.Code) {
	for _, f := range all {
		codes = append(codes, f.Code)
	}
	return codes
}
