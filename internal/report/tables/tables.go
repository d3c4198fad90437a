// Package tables makes of a profile tables of rows, for what is asked by queries and scripts. It imports the profile,
// frames, human, names and view.
package tables

import (
	"fmt"
	"iter"
	"math"

	"heapprof/internal/profile"
	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
)

// Version is that of the tables. A later one may add tables, and columns to the ends of rows, and changes nothing else.
const Version = 1

// Table is a list of rows. Where the first column is called id, it is the row's index, from 0.
type Table struct {
	Name    string
	Columns []string
	// Rows are those of the table, each with a value for each column. A row is valid until the next one.
	Rows iter.Seq[[]Value]
}

// Value is an element of a row.
type Value struct {
	Kind    Kind
	Integer int64
	Real    float64
	Text    string
	List    []uint32
}

// Kind is what a value is.
type Kind uint8

// The kinds of values. Nothing stands for what was not measured, or is not known.
const (
	Nothing Kind = iota
	Integer
	Real
	Text
	List
)

func integer(n int64) Value { return Value{Kind: Integer, Integer: n} }

// number is a number that is not negative. What is above 2^63, as some addresses of the kernel are, becomes negative, with the same bits.
func number(n uint64) Value { return integer(int64(n)) }

// known is a number that is 0 where it is not known.
func known(n uint64) Value {
	if n == 0 {
		return Value{}
	}
	return number(n)
}

// measured is a number that is only known where has is true.
func measured(n uint64, has bool) Value {
	if !has {
		return Value{}
	}
	return number(n)
}

func flag(b bool) Value {
	if b {
		return integer(1)
	}
	return integer(0)
}

// text is a text, fit for a terminal; nothing where it is empty.
func text(s string) Value {
	if s == "" {
		return Value{}
	}
	return Value{Kind: Text, Text: names.Printable(s)}
}

// index is an index into another table; nothing where it is negative.
func index(i int) Value {
	if i < 0 {
		return Value{}
	}
	return integer(int64(i))
}

// Options are what the tables are to have.
type Options struct {
	// Lists makes the stack of a point a column of its own row, a list of frames. Without it there is a table of them.
	Lists bool
}

// Of returns the tables of a profile. Only those are there of which the profile has something, but points, stacks and
// frames are always. It is an error where a sum is more than 63 bits hold, which is what most that reads tables can count to.
func Of(s *view.Source, o Options) ([]Table, error) {
	sums, err := view.Total(s.Profile)
	if err != nil {
		return nil, err
	}
	for _, m := range view.Metrics() {
		if sums.Get(m) > math.MaxInt64 {
			return nil, fmt.Errorf("the profile's %s are %d, more than a table of 64-bit numbers holds", m, sums.Get(m))
		}
	}
	b := newBuilder(s)
	all := []Table{b.profile(), b.points(o)}
	if !o.Lists {
		all = append(all, b.stacks())
	}
	all = append(all, b.frames())
	for _, t := range []struct {
		has  bool
		make func() Table
	}{
		{len(b.Profile.Modules) > 0, b.modules},
		{len(b.readings()) > 0, b.timeline},
		{b.joint() != nil, b.processes},
		{len(b.Profile.Moments) > 0, b.moments},
		{len(b.Profile.Moments) > 0, b.states},
		{len(b.Profile.Extra) > 0, b.extra},
		{b.hasSizes(), b.sizes},
		{len(b.threads()) > 0, b.byThread},
		{b.Profile.HasThreadShares(), b.pointThreads},
		{len(b.snapshots()) > 0, b.snapshotTable},
		{len(b.snapshots()) > 0, b.owners},
		{len(b.snapshots()) > 0, b.groups},
	} {
		if t.has {
			all = append(all, t.make())
		}
	}
	return all, nil
}

// builder makes the tables of a profile.
type builder struct {
	*view.Source
	moduleOf map[*profile.Module]int
}

func newBuilder(s *view.Source) *builder {
	b := &builder{Source: s, moduleOf: map[*profile.Module]int{nil: -1}}
	for i, m := range s.Profile.Modules {
		b.moduleOf[m] = i
	}
	return b
}

// rows is a table of so many rows, each of which of returns.
func rows(name string, columns []string, n int, of func(row []Value, i int) []Value) Table {
	return Table{name, columns, func(yield func([]Value) bool) {
		row := make([]Value, 0, len(columns))
		for i := range n {
			if row = of(row[:0], i); !yield(row) {
				return
			}
		}
	}}
}

// within is a table of the rows that are each of n things.
func within(name string, columns []string, n int, each func(row []Value, i int, yield func([]Value) bool) bool) Table {
	return Table{name, columns, func(yield func([]Value) bool) {
		row := make([]Value, 0, len(columns))
		for i := range n {
			if !each(row, i, yield) {
				return
			}
		}
	}}
}
