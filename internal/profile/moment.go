package profile

import (
	"cmp"
	"slices"
)

// Moment is a time at which the state of every point is known: the end of a window, of which a
// run has up to 64 of the same length, or a mark.
type Moment struct {
	Time uint64 // since the start, in the profile's time unit
	Mark string // the mark's name; "" where the moment is a window's end
}

// State is what one point had allocated until a moment, and what of it lived then.
type State struct {
	Moment                  uint32 // index into Profile.Moments
	TotalBytes, TotalBlocks uint64 // allocated from the start until then
	Bytes, Blocks           uint64 // live then
}

// Births is how many of the blocks that live at the end were born between two moments.
type Births struct {
	Moment        uint32 // index into Profile.Moments of the first one after their birth; len(Moments): born after the last
	Bytes, Blocks uint64 // with the sizes that they have at the end
}

// StateAt returns the point's state at a moment: that of the last change up to it, all 0
// before the first. Moment of what it returns is the moment asked for.
func (p *Point) StateAt(moment uint32) State {
	if p.Rest().Facts == nil {
		return State{Moment: moment}
	}
	return StateAt(p.Rest().Facts.History, moment)
}

// StateAt returns the state at a moment, as Point.StateAt does, of what has that history.
func StateAt(history []State, moment uint32) State {
	i, found := slices.BinarySearchFunc(history, moment, func(s State, m uint32) int { return cmp.Compare(s.Moment, m) })
	if !found {
		i--
	}
	if i < 0 {
		return State{Moment: moment}
	}
	s := history[i]
	s.Moment = moment
	return s
}
