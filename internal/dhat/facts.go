package dhat

import (
	"fmt"
	"math"
	"slices"

	"heapprof/internal/profile"
)

// factsJSON are the facts of a profile's points in a file, and what is known of its threads. The
// tables of factTables have a row for each point that has any of its facts: how many points without
// any there are between it and that of the row before, and groups of numbers after it. The points'
// indices would make the file of a large program a sixth larger when it is compressed.
type factsJSON struct {
	HasFacts  bool         `json:"facts"`
	Moments   []momentJSON `json:"moments"`
	Lifetimes [][2]uint64  `json:"lifetimes"`
	ByThread  []threadJSON `json:"byThread"`

	tables map[string][][]uint64 // of factTables, by their keys
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
	Threads         uint64 `json:"threads"`
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

// newFactsJSON returns the facts of a profile as they stand in a file, but for its tables.
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
	return j
}

// factTable is a table of one kind of facts.
type factTable struct {
	key    string
	group  int  // numbers of a group
	closes bool // whether one number may follow the groups, which stands for a last one: see add
	add    func(row []uint64, pt *profile.Point, f *profile.Facts) []uint64
	take   func(pt *profile.Point, f *profile.Facts, groups []uint64, last []uint64)
}

var factTables = [...]factTable{
	{
		// Of most of a hundred thousand points nothing changes after the first moment at
		// which they are there: what they are in the last state is what they are at the end.
		"histories", 5, true,
		func(row []uint64, pt *profile.Point, f *profile.Facts) []uint64 {
			var last profile.State
			for i, s := range f.History {
				if i == len(f.History)-1 && s == stateAtEnd(pt, s.Moment) {
					return append(row, uint64(s.Moment))
				}
				row = append(row, uint64(s.Moment), s.TotalBytes-last.TotalBytes, s.TotalBlocks-last.TotalBlocks, s.Bytes, s.Blocks)
				last = s
			}
			return row
		},
		func(pt *profile.Point, f *profile.Facts, n, end []uint64) {
			f.History = make([]profile.State, 0, len(n)/5+len(end))
			var last profile.State
			for ; len(n) > 0; n = n[5:] {
				last = profile.State{Moment: index(n[0]), TotalBytes: last.TotalBytes + n[1], TotalBlocks: last.TotalBlocks + n[2], Bytes: n[3], Blocks: n[4]}
				f.History = append(f.History, last)
			}
			for _, moment := range end {
				f.History = append(f.History, stateAtEnd(pt, index(moment)))
			}
		},
	},
	{
		"births", 3, true,
		func(row []uint64, pt *profile.Point, f *profile.Facts) []uint64 {
			rest := profile.Births{Bytes: pt.EndBytes, Blocks: pt.EndBlocks}
			for i, b := range f.Births {
				if i == len(f.Births)-1 && b.Bytes == rest.Bytes && b.Blocks == rest.Blocks {
					return append(row, uint64(b.Moment))
				}
				row = append(row, uint64(b.Moment), b.Bytes, b.Blocks)
				rest.Bytes, rest.Blocks = rest.Bytes-b.Bytes, rest.Blocks-b.Blocks
			}
			return row
		},
		func(pt *profile.Point, f *profile.Facts, n, end []uint64) {
			f.Births = make([]profile.Births, 0, len(n)/3+len(end))
			rest := profile.Births{Bytes: pt.EndBytes, Blocks: pt.EndBlocks}
			for ; len(n) > 0; n = n[3:] {
				f.Births = append(f.Births, profile.Births{Moment: index(n[0]), Bytes: n[1], Blocks: n[2]})
				rest.Bytes, rest.Blocks = rest.Bytes-n[1], rest.Blocks-n[2]
			}
			for _, moment := range end {
				rest.Moment = index(moment)
				f.Births = append(f.Births, rest)
			}
		},
	},
	{
		"growths", 12, false,
		func(row []uint64, _ *profile.Point, f *profile.Facts) []uint64 {
			if g := f.Growth; g != nil {
				row = append(row, g.Chains, g.LongChains, g.LongBlocks, g.LongBytes, g.Steps, g.First, g.Last, g.LeastAdded, g.MostAdded, g.Moves, g.CopiedBytes, g.PeakOld)
			}
			return row
		},
		func(_ *profile.Point, f *profile.Facts, n, _ []uint64) {
			f.Growth = &profile.Growth{
				Chains: n[0], LongChains: n[1], LongBlocks: n[2], LongBytes: n[3], Steps: n[4], First: n[5], Last: n[6],
				LeastAdded: n[7], MostAdded: n[8], Moves: n[9], CopiedBytes: n[10], PeakOld: n[11],
			}
		},
	},
	{
		"deaths", 3, false,
		func(row []uint64, _ *profile.Point, f *profile.Facts) []uint64 {
			if f.FreedElsewhere != 0 || f.FreedUnknown != 0 || f.Emptied != 0 {
				row = append(row, f.FreedElsewhere, f.FreedUnknown, f.Emptied)
			}
			return row
		},
		func(_ *profile.Point, f *profile.Facts, n, _ []uint64) {
			f.FreedElsewhere, f.FreedUnknown, f.Emptied = n[0], n[1], n[2]
		},
	},
	{
		"partners", 3, false,
		func(row []uint64, _ *profile.Point, f *profile.Facts) []uint64 {
			if p := f.Partner; p != nil {
				row = append(row, uint64(p.Point), p.Looked, p.Together)
			}
			return row
		},
		func(_ *profile.Point, f *profile.Facts, n, _ []uint64) {
			f.Partner = &profile.Partner{Point: int(min(n[0], math.MaxInt64)), Looked: n[1], Together: n[2]}
		},
	},
	{
		"pointSizes", 3, true,
		func(row []uint64, pt *profile.Point, f *profile.Facts) []uint64 {
			// Most points have one class, which has all of their blocks.
			rest := profile.SizeClass{Blocks: pt.TotalBlocks, Bytes: pt.TotalBytes}
			for i, c := range f.Sizes {
				if i == len(f.Sizes)-1 && c.Blocks == rest.Blocks && c.Bytes == rest.Bytes {
					return append(row, c.Max)
				}
				row = append(row, c.Max, c.Blocks, c.Bytes)
				rest.Blocks, rest.Bytes = rest.Blocks-c.Blocks, rest.Bytes-c.Bytes
			}
			return row
		},
		func(pt *profile.Point, f *profile.Facts, n, end []uint64) {
			f.Sizes = make([]profile.SizeClass, 0, len(n)/3+len(end))
			rest := profile.SizeClass{Blocks: pt.TotalBlocks, Bytes: pt.TotalBytes}
			for ; len(n) > 0; n = n[3:] {
				f.Sizes = append(f.Sizes, profile.SizeClass{Max: n[0], Blocks: n[1], Bytes: n[2]})
				rest.Blocks, rest.Bytes = rest.Blocks-n[1], rest.Bytes-n[2]
			}
			for _, limit := range end {
				rest.Max = limit
				f.Sizes = append(f.Sizes, rest)
			}
		},
	},
	{
		"pointLifetimes", 2, true,
		func(row []uint64, pt *profile.Point, f *profile.Facts) []uint64 {
			rest := freedBlocks(pt)
			for i, c := range f.Lifetimes {
				if i == len(f.Lifetimes)-1 && c.Blocks == rest {
					return append(row, c.Max)
				}
				row = append(row, c.Max, c.Blocks)
				rest -= c.Blocks
			}
			return row
		},
		func(pt *profile.Point, f *profile.Facts, n, end []uint64) {
			f.Lifetimes = make([]profile.LifetimeClass, 0, len(n)/2+len(end))
			rest := freedBlocks(pt)
			for ; len(n) > 0; n = n[2:] {
				f.Lifetimes = append(f.Lifetimes, profile.LifetimeClass{Max: n[0], Blocks: n[1]})
				rest -= n[1]
			}
			for _, limit := range end {
				f.Lifetimes = append(f.Lifetimes, profile.LifetimeClass{Max: limit, Blocks: rest})
			}
		},
	},
	{"pointThreads", 7, true, addThreadShares, takeThreadShares},
}

// freedBlocks returns how many blocks of a point were freed.
func freedBlocks(pt *profile.Point) uint64 { return pt.TotalBlocks - pt.Rest().Reallocs - pt.EndBlocks }

// isFactTable reports whether a key is that of a table of facts.
func isFactTable(key []byte) bool {
	return slices.ContainsFunc(factTables[:], func(t factTable) bool { return string(key) == t.key })
}

// stateAtEnd returns what a point is at the end as its state at a moment.
func stateAtEnd(pt *profile.Point, moment uint32) profile.State {
	return profile.State{Moment: moment, TotalBytes: pt.TotalBytes, TotalBlocks: pt.TotalBlocks, Bytes: pt.EndBytes, Blocks: pt.EndBlocks}
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
	var room profile.Arena[profile.Facts]
	for _, t := range factTables {
		if err := t.apply(p, j.tables[t.key], &room); err != nil {
			return err
		}
	}
	return checkFacts(p)
}

// apply gives the points of a profile what rows have of them.
func (t *factTable) apply(p *profile.Profile, rows [][]uint64, room *profile.Arena[profile.Facts]) error {
	points := p.Points // after that of the row before
	for _, row := range rows {
		if len(row) == 0 || row[0] >= uint64(len(points)) {
			return fmt.Errorf("a row of %q is of a point that there is not", t.key)
		}
		groups := row[1:]
		last := groups[len(groups)-len(groups)%t.group:]
		if groups = groups[:len(groups)-len(last)]; len(last) > 1 || len(last) == 1 && !t.closes {
			return fmt.Errorf("a row of %q has %d numbers", t.key, len(row))
		}
		pt := &points[row[0]]
		points = points[row[0]+1:]
		if len(groups)+len(last) == 0 {
			continue
		}
		if pt.Rest().Facts == nil {
			pt.Edit().Facts = &room.Add([]profile.Facts{{}})[0]
		}
		t.take(pt, pt.Rest().Facts, groups, last)
	}
	return nil
}

// index returns a number of a file as an index, which is checked later.
func index(n uint64) uint32 { return uint32(min(n, math.MaxUint32)) }

// pointIndex returns a number of a file as the index of a point, which is checked later.
func pointIndex(n uint64) int { return int(min(n, math.MaxInt64)) }

// checkFacts returns the error for facts that refer to moments or points which do not exist, that
// are not in the order of time, or of which there is more than the points have; nil if there are
// none. So sums of them fit 64 bits where those of the points do.
func checkFacts(p *profile.Profile) error {
	for i := 1; i < len(p.Moments); i++ {
		if p.Moments[i].Time < p.Moments[i-1].Time {
			return fmt.Errorf("moment %d is before moment %d", i, i-1)
		}
	}
	for i := range p.Points {
		f := p.Points[i].Rest().Facts
		if f == nil {
			continue
		}
		if err := checkHistory(p, i, f.History); err != nil {
			return err
		}
		if err := checkBirths(p, i, f.Births); err != nil {
			return err
		}
		if err := checkThreadShares(p, i, f.Threads); err != nil {
			return err
		}
		if f.Partner != nil && (f.Partner.Point < 0 || f.Partner.Point >= len(p.Points)) {
			return fmt.Errorf("point %d has point %d for a partner, and there are %d points", i, f.Partner.Point, len(p.Points))
		}
	}
	return nil
}

func checkHistory(p *profile.Profile, point int, history []profile.State) error {
	last, next := profile.State{}, uint64(0)
	end := stateAtEnd(&p.Points[point], 0)
	for _, s := range history {
		if uint64(s.Moment) < next || uint64(s.Moment) >= uint64(len(p.Moments)) {
			return fmt.Errorf("the history of point %d refers to moment %d out of order, or to one that there is not", point, s.Moment)
		}
		if s.TotalBytes < last.TotalBytes || s.TotalBlocks < last.TotalBlocks || s.TotalBytes > end.TotalBytes || s.TotalBlocks > end.TotalBlocks ||
			s.Bytes > s.TotalBytes || s.Blocks > s.TotalBlocks {
			return fmt.Errorf("at moment %d point %d has more than it was allocated in all, or less than before", s.Moment, point)
		}
		last, next = s, uint64(s.Moment)+1
	}
	return nil
}

func checkBirths(p *profile.Profile, point int, births []profile.Births) error {
	rest, next := stateAtEnd(&p.Points[point], 0), uint64(0)
	for _, b := range births {
		if uint64(b.Moment) < next || uint64(b.Moment) > uint64(len(p.Moments)) {
			return fmt.Errorf("the births of point %d refer to moment %d out of order, or to one that there is not", point, b.Moment)
		}
		if b.Bytes > rest.Bytes || b.Blocks > rest.Blocks {
			return fmt.Errorf("of point %d more blocks were born than live at the end", point)
		}
		rest.Bytes, rest.Blocks = rest.Bytes-b.Bytes, rest.Blocks-b.Blocks
		next = uint64(b.Moment) + 1
	}
	return nil
}
