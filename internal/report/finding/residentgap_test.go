package finding_test

import (
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/finding"
	"heapprof/internal/report/reporttest"
)

// read is a profile with one reading of what is resident, 24 MiB of which are free, and a
// timeline of what was resident and live in each tenth of the run, in MiB.
func read(live, inRAM uint64, resident, blocks [10]uint64) *profile.Profile {
	const mib = 1 << 20
	p := reporttest.Heap(reporttest.Line{Function: "search", Point: profile.Point{TotalBytes: 50 * mib, TotalBlocks: 5, PeakBytes: 50 * mib, PeakBlocks: 5}.With(profile.Rest{MaxBytes: 50 * mib, MaxBlocks: 5})})
	p.Recording.Resident = &profile.Resident{Readings: []profile.ResidentReading{{
		Time: p.EndTime / 10, Widest: true, Last: true, LiveBytes: live * mib, LiveBlocks: 5,
		Parts: []profile.ResidentPart{
			{Kind: profile.LiveBlocks, Bytes: inRAM * mib, Point: -1},
			{Kind: profile.FreeHeap, Bytes: 24 * mib, Point: 0},
		},
	}}}
	for i := range resident {
		p.Timeline = append(p.Timeline, profile.Reading{Time: uint64(i) * p.EndTime / 10, Bytes: blocks[i] * mib, Blocks: 5, RSS: resident[i] * mib})
	}
	return p
}

func TestAGapThatLastsIsNamed(t *testing.T) {
	wantCodes(t, read(1, 1, [10]uint64{50, 25, 25, 25, 25, 25, 25, 25, 25, 25}, [10]uint64{50, 1, 1, 1, 1, 1, 1, 1, 1, 1}), finding.ResidentGap)
	wantCodes(t, read(1, 1, [10]uint64{50, 25, 25, 2, 2, 2, 2, 2, 2, 2}, [10]uint64{50, 1, 1, 1, 1, 1, 1, 1, 1, 1}))
}

func TestASmallGapIsNotNamed(t *testing.T) {
	p := read(1, 1, [10]uint64{50, 25, 25, 25, 25, 25, 25, 25, 25, 25}, [10]uint64{50, 1, 1, 1, 1, 1, 1, 1, 1, 1})
	p.Recording.Resident.Readings[0].Parts[1].Bytes = 15 << 20
	wantCodes(t, p)
}

// A busy machine may stop heapprof between two parts of a reading: 24 MiB of blocks came in between, whose
// pages were taken for free ones.
func TestAReadingWhosePartsAreOfTwoMomentsIsNoGap(t *testing.T) {
	wantCodes(t, read(48, 25, [10]uint64{50, 50, 2, 2, 2, 2, 2, 2, 2, 2}, [10]uint64{48, 48, 1, 1, 1, 1, 1, 1, 1, 1}))
}

// What a program leaves free that has done its work and goes on to write the result is given back soon.
func TestAGapAtTheEndOfABusyProgramIsNotNamed(t *testing.T) {
	p := read(1, 1, [10]uint64{50, 25, 25, 25, 25, 25, 25, 25, 25, 25}, [10]uint64{50, 1, 1, 1, 1, 1, 1, 1, 1, 1})
	pt := &p.Points[0]
	pt.TotalBlocks = 10_000_000
	for later, want := range map[uint64][]finding.Code{
		50_000:    {finding.ResidentGap}, // it waits
		900_000:   nil,
		1_100_000: {finding.ResidentGap}, // it works on
	} {
		pt.Rest().Facts.History = []profile.State{{TotalBytes: pt.TotalBytes, TotalBlocks: pt.TotalBlocks - later}}
		wantCodes(t, p, want...)
	}
}
