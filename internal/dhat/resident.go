package dhat

import (
	"errors"
	"fmt"
	"math/bits"

	"heapprof/internal/profile"
)

// residentJSON is a profile.Resident in a file, with the allocator whose rules it computes by.
type residentJSON struct {
	Allocator string        `json:"allocator"`
	FilePeak  *uint64       `json:"filePeak"` // nil: what is in RAM was not looked at
	Readings  []readingJSON `json:"resident"`
}

// readingJSON is a profile.ResidentReading in a file.
type readingJSON struct {
	Time   uint64      `json:"time"`
	Why    []string    `json:"why"`
	Bytes  uint64      `json:"bytes"`
	Blocks uint64      `json:"blocks"`
	Parts  []partJSON  `json:"parts"`
	Points [][8]uint64 `json:"points,omitempty"` // the fields of profile.ResidentPoint in their order
}

// partJSON is a profile.ResidentPart in a file.
type partJSON struct {
	Kind    string `json:"kind"`
	Bytes   uint64 `json:"bytes"`
	Count   uint64 `json:"count,omitempty"`
	Largest uint64 `json:"largest,omitempty"`
	Name    string `json:"name,omitempty"`
	Point   *int   `json:"point,omitempty"`
}

// Why a reading was kept, as a file has it.
const (
	whyWidest = "widest-gap"
	whyLast   = "last"
)

// newResidentJSON returns what was in RAM as it stands in a file.
func newResidentJSON(r *profile.Recording) residentJSON {
	j := residentJSON{Allocator: r.Allocator}
	if r.Resident == nil {
		return j
	}
	j.FilePeak = &r.Resident.FilePeak
	for _, reading := range r.Resident.Readings {
		row := readingJSON{Time: reading.Time, Why: []string{}, Bytes: reading.LiveBytes, Blocks: reading.LiveBlocks, Parts: []partJSON{}}
		if reading.Widest {
			row.Why = append(row.Why, whyWidest)
		}
		if reading.Last {
			row.Why = append(row.Why, whyLast)
		}
		for _, p := range reading.Parts {
			part := partJSON{Kind: string(p.Kind), Bytes: p.Bytes, Count: p.Count, Largest: p.Largest, Name: p.Name}
			if p.Point >= 0 {
				part.Point = &p.Point
			}
			row.Parts = append(row.Parts, part)
		}
		for _, p := range reading.Points {
			row.Points = append(row.Points, [8]uint64{uint64(p.Point), p.Bytes, p.Blocks, p.Rounding, p.PinningBlocks, p.PinningBytes, p.PinnedPages, p.PinnedBytes})
		}
		j.Readings = append(j.Readings, row)
	}
	return j
}

// resident returns what was in RAM; nil where that was not looked at. The points that it
// refers to are not checked.
func (j *residentJSON) resident() *profile.Resident {
	if j.FilePeak == nil {
		return nil
	}
	r := &profile.Resident{FilePeak: *j.FilePeak}
	for _, row := range j.Readings {
		reading := profile.ResidentReading{Time: row.Time, LiveBytes: row.Bytes, LiveBlocks: row.Blocks}
		for _, why := range row.Why {
			reading.Widest = reading.Widest || why == whyWidest
			reading.Last = reading.Last || why == whyLast
		}
		for _, p := range row.Parts {
			part := profile.ResidentPart{Kind: profile.ResidentKind(p.Kind), Bytes: p.Bytes, Count: p.Count, Largest: p.Largest, Name: p.Name, Point: -1}
			if p.Point != nil {
				part.Point = *p.Point
			}
			reading.Parts = append(reading.Parts, part)
		}
		for _, n := range row.Points {
			reading.Points = append(reading.Points, profile.ResidentPoint{
				Point: pointIndex(n[0]), Bytes: n[1], Blocks: n[2], Rounding: n[3], PinningBlocks: n[4], PinningBytes: n[5], PinnedPages: n[6], PinnedBytes: n[7],
			})
		}
		r.Readings = append(r.Readings, reading)
	}
	return r
}

// checkResident returns the error for readings of what was in RAM that refer to points which
// do not exist, or add up to more than 64 bits; nil if there are none.
func checkResident(p *profile.Profile) error {
	if p.Recording == nil || p.Recording.Resident == nil {
		return nil
	}
	for i, reading := range p.Recording.Resident.Readings {
		var sums [5]uint64
		overflows := false
		add := func(at int, n uint64) {
			sum, carry := bits.Add64(sums[at], n, 0)
			sums[at], overflows = sum, overflows || carry != 0
		}
		for _, part := range reading.Parts {
			if part.Point < -1 || part.Point >= len(p.Points) {
				return fmt.Errorf("reading %d of resident memory refers to point %d, and there are %d points", i, part.Point, len(p.Points))
			}
			add(0, part.Bytes)
		}
		for _, point := range reading.Points {
			if point.Point < 0 || point.Point >= len(p.Points) {
				return fmt.Errorf("reading %d of resident memory refers to point %d, and there are %d points", i, point.Point, len(p.Points))
			}
			add(1, point.Bytes)
			add(2, point.Blocks)
			add(3, point.Rounding)
			add(4, point.PinnedBytes)
		}
		if overflows {
			return errors.New("the readings of resident memory add up to more than 2^64-1")
		}
	}
	return nil
}
