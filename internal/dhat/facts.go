package dhat

import (
	"errors"
	"fmt"
	"math"

	"heapprof/internal/profile"
)

// factsJSON are the facts of a profile's points in a file, and what is known of its threads. A
// row of a point begins with the point's index, and has groups of numbers after it; points
// without any have no row.
type factsJSON struct {
	HasFacts  bool         `json:"facts"`
	Moments   []momentJSON `json:"moments"`
	Histories rowsJSON     `json:"histories"` // moment, bytes and blocks allocated since the state before, bytes and blocks live
	Births    rowsJSON     `json:"births"`    // moment, bytes, blocks
	Growths   rowsJSON     `json:"growths"`   // the fields of profile.Growth in their order
	Deaths    rowsJSON     `json:"deaths"`    // freed elsewhere, freed unknown, emptied
	Partners  rowsJSON     `json:"partners"`  // point, looked, together
	BlockSize rowsJSON     `json:"pointSizes"`
	BlockLife rowsJSON     `json:"pointLifetimes"`
	Lifetimes [][2]uint64  `json:"lifetimes"`
	ByThread  []threadJSON `json:"byThread"`
}

// momentJSON is a profile.Moment in a file.
type momentJSON struct {
	Time uint64 `json:"time"`
	Mark string `json:"mark,omitempty"`
}

// threadJSON is a profile.Thread in a file.
type threadJSON struct {
	ID              uint64 `json:"id"`
	Name            string `json:"name,omitempty"`
	TotalBytes      uint64 `json:"tb"`
	TotalBlocks     uint64 `json:"tbk"`
	MaxBytes        uint64 `json:"mb"`
	PeakBytes       uint64 `json:"gb"`
	PeakBlocks      uint64 `json:"gbk"`
	EndBytes        uint64 `json:"eb"`
	EndBlocks       uint64 `json:"ebk"`
	TemporaryBlocks uint64 `json:"htbk"`
	FreedElsewhere  uint64 `json:"elsewhere"`
}

// newFactsJSON returns the facts of a profile as they stand in a file.
func newFactsJSON(p *profile.Profile) (j factsJSON) {
	r := p.Recording
	j.HasFacts = r.HasFacts
	for _, m := range p.Moments {
		j.Moments = append(j.Moments, momentJSON(m))
	}
	for _, l := range r.Lifetimes {
		j.Lifetimes = append(j.Lifetimes, [2]uint64{l.Max, l.Blocks})
	}
	for _, t := range r.ByThread {
		j.ByThread = append(j.ByThread, threadJSON(t))
	}
	for i := range p.Points {
		if f := p.Points[i].Facts; f != nil {
			j.add(uint64(i), f)
		}
	}
	return j
}

// add adds the rows of one point.
func (j *factsJSON) add(point uint64, f *profile.Facts) {
	row := []uint64{point}
	end := func(to *rowsJSON) {
		if len(row) > 1 {
			*to = append(*to, row)
		}
		row = []uint64{point}
	}
	var last profile.State
	for _, s := range f.History {
		row = append(row, uint64(s.Moment), s.TotalBytes-last.TotalBytes, s.TotalBlocks-last.TotalBlocks, s.Bytes, s.Blocks)
		last = s
	}
	end(&j.Histories)
	for _, b := range f.Births {
		row = append(row, uint64(b.Moment), b.Bytes, b.Blocks)
	}
	end(&j.Births)
	if g := f.Growth; g != nil {
		row = append(row, g.Chains, g.LongChains, g.LongBlocks, g.LongBytes, g.Steps, g.First, g.Last, g.LeastAdded, g.MostAdded, g.Moves, g.CopiedBytes, g.PeakOld)
	}
	end(&j.Growths)
	if f.FreedElsewhere != 0 || f.FreedUnknown != 0 || f.Emptied != 0 {
		row = append(row, f.FreedElsewhere, f.FreedUnknown, f.Emptied)
	}
	end(&j.Deaths)
	if p := f.Partner; p != nil {
		row = append(row, uint64(p.Point), p.Looked, p.Together)
	}
	end(&j.Partners)
	for _, c := range f.Sizes {
		row = append(row, c.Max, c.Blocks, c.Bytes)
	}
	end(&j.BlockSize)
	for _, c := range f.Lifetimes {
		row = append(row, c.Max, c.Blocks)
	}
	end(&j.BlockLife)
}

// apply gives the points of a profile the facts that j has of them.
func (j *factsJSON) apply(p *profile.Profile) error {
	if len(j.Moments) > math.MaxInt32 {
		return fmt.Errorf("%d moments are too many", len(j.Moments))
	}
	p.Recording.HasFacts = j.HasFacts
	for _, m := range j.Moments {
		p.Moments = append(p.Moments, profile.Moment(m))
	}
	for _, l := range j.Lifetimes {
		p.Recording.Lifetimes = append(p.Recording.Lifetimes, profile.LifetimeClass{Max: l[0], Blocks: l[1]})
	}
	for _, t := range j.ByThread {
		p.Recording.ByThread = append(p.Recording.ByThread, profile.Thread(t))
	}
	each := func(what string, rows rowsJSON, group int, f func(facts *profile.Facts, numbers []uint64)) error {
		for _, row := range rows {
			if len(row) == 0 || row[0] >= uint64(len(p.Points)) || len(row)%group != 1%group {
				return fmt.Errorf("a row of %s has %d numbers or is of a point that there is not", what, len(row))
			}
			pt := &p.Points[row[0]]
			if pt.Facts == nil {
				pt.Facts = new(profile.Facts)
			}
			for rest := row[1:]; len(rest) > 0; rest = rest[group:] {
				f(pt.Facts, rest[:group])
			}
		}
		return nil
	}
	err := errors.Join(
		each("histories", j.Histories, 5, func(f *profile.Facts, n []uint64) {
			var last profile.State
			if len(f.History) > 0 {
				last = f.History[len(f.History)-1]
			}
			f.History = append(f.History, profile.State{Moment: index(n[0]), TotalBytes: last.TotalBytes + n[1], TotalBlocks: last.TotalBlocks + n[2], Bytes: n[3], Blocks: n[4]})
		}),
		each("births", j.Births, 3, func(f *profile.Facts, n []uint64) {
			f.Births = append(f.Births, profile.Births{Moment: index(n[0]), Bytes: n[1], Blocks: n[2]})
		}),
		each("growths", j.Growths, 12, func(f *profile.Facts, n []uint64) {
			f.Growth = &profile.Growth{
				Chains: n[0], LongChains: n[1], LongBlocks: n[2], LongBytes: n[3], Steps: n[4], First: n[5], Last: n[6],
				LeastAdded: n[7], MostAdded: n[8], Moves: n[9], CopiedBytes: n[10], PeakOld: n[11],
			}
		}),
		each("deaths", j.Deaths, 3, func(f *profile.Facts, n []uint64) { f.FreedElsewhere, f.FreedUnknown, f.Emptied = n[0], n[1], n[2] }),
		each("partners", j.Partners, 3, func(f *profile.Facts, n []uint64) {
			f.Partner = &profile.Partner{Point: pointIndex(n[0]), Looked: n[1], Together: n[2]}
		}),
		each("sizes", j.BlockSize, 3, func(f *profile.Facts, n []uint64) {
			f.Sizes = append(f.Sizes, profile.SizeClass{Max: n[0], Blocks: n[1], Bytes: n[2]})
		}),
		each("lifetimes", j.BlockLife, 2, func(f *profile.Facts, n []uint64) {
			f.Lifetimes = append(f.Lifetimes, profile.LifetimeClass{Max: n[0], Blocks: n[1]})
		}),
	)
	return errors.Join(err, checkFacts(p))
}

// index returns a number of a file as an index, which is checked later.
func index(n uint64) uint32 { return uint32(min(n, math.MaxUint32)) }

// pointIndex returns a number of a file as the index of a point, which is checked later.
func pointIndex(n uint64) int { return int(min(n, math.MaxInt64)) }

// checkFacts returns the error for facts that refer to moments or points which do not exist, or
// that are not in the order of time; nil if there are none.
func checkFacts(p *profile.Profile) error {
	for i := 1; i < len(p.Moments); i++ {
		if p.Moments[i].Time < p.Moments[i-1].Time {
			return fmt.Errorf("moment %d is before moment %d", i, i-1)
		}
	}
	for i := range p.Points {
		f := p.Points[i].Facts
		if f == nil {
			continue
		}
		next := uint64(0)
		for _, s := range f.History {
			if uint64(s.Moment) < next || uint64(s.Moment) >= uint64(len(p.Moments)) {
				return fmt.Errorf("the history of point %d refers to moment %d out of order, or to one that there is not", i, s.Moment)
			}
			next = uint64(s.Moment) + 1
		}
		next = 0
		for _, b := range f.Births {
			if uint64(b.Moment) < next || uint64(b.Moment) > uint64(len(p.Moments)) {
				return fmt.Errorf("the births of point %d refer to moment %d out of order, or to one that there is not", i, b.Moment)
			}
			next = uint64(b.Moment) + 1
		}
		if f.Partner != nil && (f.Partner.Point < 0 || f.Partner.Point >= len(p.Points)) {
			return fmt.Errorf("point %d has point %d for a partner, and there are %d points", i, f.Partner.Point, len(p.Points))
		}
	}
	return nil
}
