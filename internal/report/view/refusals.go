package view

import (
	"errors"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
)

// ErrNoRefusals is the error for a page on what failed of a profile of which nobody looked for that.
var ErrNoRefusals = errors.New("which allocations failed was not recorded")

// Refusals are the allocations of a program that failed, by site, type and who refused them.
type Refusals struct {
	Source *Source
	Units  human.Units

	Limit   *profile.Limit // nil: there was none
	Crossed *Refused       // what came above it first, whether it failed or not; nil: nothing did

	Rows   []Refused // in the order of the first failure of each
	InRest int       // rows that are only in Total
	Others uint64    // calls that failed and are in no row, for the recorder had no room for their stacks
	Total  Refused   // of all rows: how often, and the sizes
}

// Refused is what failed at one site, of one type, for one reason.
type Refused struct {
	*Site
	Type string // that it would have been of; "" where it is not known
	profile.Refusal

	Stacks int // that failed so; Refusal.Stack is the first of them
	// Telling says that it failed while the program told of an allocation that had failed before.
	Telling bool
}

// IsOneSize reports whether all calls asked for as many bytes.
func (r *Refused) IsOneSize() bool { return r.LeastBytes == r.MostBytes }

// NewRefusals returns what failed, at most top rows of it; 0: all.
func NewRefusals(s *Source, top int) (*Refusals, error) {
	x := s.Profile.Recording
	if x == nil || x.Refusals == nil && x.Limit == nil {
		return nil, ErrNoRefusals
	}
	r := &Refusals{Source: s, Units: human.UnitsOf(s.Profile), Limit: x.Limit, Others: x.Counts.OtherRefusals}
	r.Crossed = crossed(s, x.Limit)
	type key struct {
		Site
		kind    string
		by      profile.RefusedBy
		telling bool
	}
	rows := make(map[key]int)
	for i := range x.Refusals {
		one := &x.Refusals[i]
		row := Refused{Site: s.Site(one.Stack), Type: s.Types.OfRefusal(i).Name, Refusal: *one, Stacks: 1, Telling: s.Frames.TellsOfFailure(one.Stack)}
		if row.Telling {
			row.Type = "" // that is of what had failed before
		}
		k := key{*row.Site, row.Type, one.By, row.Telling}
		at, known := rows[k]
		if !known {
			at = len(r.Rows)
			rows[k], r.Rows = at, append(r.Rows, row)
		} else {
			r.Rows[at].add(&row)
		}
		if i == 0 {
			r.Total = Refused{Refusal: *one, Stacks: 1}
		} else {
			r.Total.add(&row)
		}
	}
	if top > 0 && len(r.Rows) > top {
		r.InRest, r.Rows = len(r.Rows)-top, r.Rows[:top]
	}
	return r, nil
}

// crossed returns what came above a limit; nil where nothing did.
func crossed(s *Source, l *profile.Limit) *Refused {
	if l == nil || l.Crossed == nil {
		return nil
	}
	c := l.Crossed
	return &Refused{
		Site: s.Site(c.Stack), Type: s.Types.OfCrossing().Name, Stacks: 1,
		Refusal: profile.Refusal{
			Stack: c.Stack, By: profile.RefusedByLimit, Times: 1, Bytes: c.Bytes, LeastBytes: c.Bytes, MostBytes: c.Bytes,
			Time: c.Time, LastTime: c.Time, Mark: c.Mark, LiveBytes: c.LiveBytes, LiveBlocks: c.LiveBlocks,
		},
	}
}

// add adds what failed later.
func (r *Refused) add(later *Refused) {
	r.Times += later.Times
	r.LeastBytes, r.MostBytes = min(r.LeastBytes, later.LeastBytes), max(r.MostBytes, later.MostBytes)
	r.LastTime = max(r.LastTime, later.LastTime)
	r.Stacks++
}
