package view

import (
	"heapprof/internal/report/frames"
	"heapprof/internal/report/types"
)

// Joint is one profile, or two that are compared, in which what a report by site, or a diff, takes to be the same
// has one number.
type Joint struct {
	Sides     []JointSide     // of a diff the earlier profile first
	Functions []*frames.Frame // of each number of a function: a frame of it, of the later profile where that has one; the last stands for a stack without frames
	Types     []types.Type    // of each number of a type; the first is that of what has none that is known
	Metrics   []Metric        // that all sides have
	Default   Metric          // that is asked for if nothing is said

	naming naming
}

// JointSide is one profile of a Joint.
type JointSide struct {
	*Source            // of a diff without what Diff.Bare says
	Total     Sums     // of the whole profile
	Functions []uint32 // of each frame: the number of its function
	Types     []uint32 // of each point: the number of its type
	Rows      []JointRow
}

// JointRow is which row of a report by site, or of a diff, a point is of.
type JointRow struct {
	Function uint32
	Type     uint32 // that the row has: not the point's own where types are not told apart at the site, or called otherwise on the other side
}

// NewJoint joins one profile, or an earlier and a later one. It refuses what NewReport and NewDiff do.
func NewJoint(sources ...*Source) (*Joint, error) {
	v := &View{}
	if len(sources) == 2 {
		if err := SameMeasure(sources[0], sources[1]); err != nil {
			return nil, err
		}
	}
	if err := v.measure(sources...); err != nil {
		return nil, err
	}
	keys := newKeys()
	var sides []*side
	for _, s := range sources {
		sides = append(sides, newSide(s, keys, v.Options))
	}
	if len(sides) == 2 {
		sides[0].before = true
		match(keys, v.Options, sides[0], sides[1])
		keys.matchTypes(sides[0], sides[1])
	} else {
		sides[0].ids = keys.intern(sides[0].Frames, exactKey(v.Options))
	}
	b := newBuilder(v, nil, keys, sides...)
	if groups := b.group(); len(sides) == 2 && b.pairMoved(groups) {
		b.group()
	}
	j := &Joint{Functions: append(keys.frames, &frames.Frame{}), Types: keys.types, Metrics: v.Metrics, Default: v.Metric, naming: b.naming}
	for _, s := range sides {
		total, err := Total(s.Profile)
		if err != nil {
			return nil, err
		}
		side := JointSide{Source: s.Source, Total: total, Functions: s.ids, Types: s.types, Rows: make([]JointRow, len(s.rows))}
		for i, r := range s.rows {
			side.Rows[i] = JointRow{min(r.key, uint32(len(keys.frames))), r.typ}
		}
		j.Sides = append(j.Sides, side)
	}
	return j, nil
}

// Site returns what a function is to a reader, at one of its lines: 0 for all of them, and in a diff.
func (j *Joint) Site(function uint32, line int) *Site {
	f := *j.Functions[function]
	f.Line = line
	n := j.naming
	n.function = false
	return n.site(&f)
}
