package view

import (
	"cmp"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"

	"heapprof/internal/report/frames"
)

// ErrAverageOfLines is the error for a listing by a metric that lines have no part of.
var ErrAverageOfLines = errors.New("lifetime is an average, of which a line has no part")

// Listing shows functions line by line, with what each line has of a metric.
type Listing struct {
	View
	Source    *Source
	Functions []*Function // those with the most first
}

// Function is a function of a listing, in one source file.
type Function struct {
	Name   string
	File   string         // "" where it is not known
	Module string         // base name of the executable or library where it is not
	Flat   Sums           // of stacks whose site is in the function
	Cum    Sums           // of stacks that the function is in, each once
	Lines  []FunctionLine // that have any, ascending; 0 stands for an unknown one

	startup bool // it runs before main or a thread's function
}

// FunctionLine is what one line has: Flat where it is the site, and Cum with all that is called
// from it, each stack once.
type FunctionLine struct {
	Line      int
	Flat, Cum Sums
}

// NewListing lists the functions that have some of the metric, and whose names match re, of the
// points that the options leave.
func NewListing(s *Source, re *regexp.Regexp, o Options) (*Listing, error) {
	if o.Metric != nil && *o.Metric == Lifetime {
		return nil, ErrAverageOfLines
	}
	l := &Listing{View: View{Options: o}, Source: s}
	if err := l.measure(s); err != nil {
		return nil, err
	}
	total, err := Total(s.Profile)
	if err != nil {
		return nil, err
	}
	l.Total = &Row{Kind: Whole, Sums: total}
	b := &listingBuilder{side: newSide(s, newKeys(), o), metric: l.Metric, functions: map[functionKey]*listed{}}
	b.match(re)
	for i := range s.Profile.Points {
		if b.filter(i) == Entry {
			b.add(i)
		}
	}
	l.Functions = b.sorted()
	if called := slices.DeleteFunc(slices.Clone(l.Functions), func(f *Function) bool { return f.startup }); len(called) > 0 {
		l.Functions = called // who asks for main does not mean what calls it
	}
	return l, nil
}

// functionKey tells functions apart.
type functionKey struct{ name, owner string }

// listed is a function with its lines, and the last point that each was added for, as an index
// plus 1: a stack that is in a function twice counts once.
type listed struct {
	Function
	lines map[int]*listedLine
	last  int
}

type listedLine struct {
	FunctionLine
	last int
}

type listingBuilder struct {
	*side
	metric    Metric
	functions map[functionKey]*listed
	of        []*listed // of each frame: the function that it is in; nil where none is listed
}

// match finds the functions whose names match.
func (b *listingBuilder) match(re *regexp.Regexp) {
	b.of = make([]*listed, b.Frames.Len())
	matches := map[string]bool{}
	for i := range b.of {
		f := b.Frames.Frame(uint32(i))
		if f.Function == "" || f.Marker {
			continue
		}
		name := f.Name()
		is, known := matches[name]
		if !known {
			is = re.MatchString(name)
			matches[name] = is
		}
		if is {
			b.of[i] = b.function(f)
		}
	}
}

// function returns the function of a frame.
func (b *listingBuilder) function(f *frames.Frame) *listed {
	key := functionKey{f.Name(), f.Owner()}
	known := b.functions[key]
	if known == nil {
		known = &listed{Function: Function{Name: f.Name(), File: f.File, startup: f.Startup}, lines: map[int]*listedLine{}}
		if f.File == "" {
			known.Module = f.Module
		}
		b.functions[key] = known
	}
	return known
}

// add adds a point to the functions of its stack.
func (b *listingBuilder) add(point int) {
	pt := &b.Profile.Points[point]
	site := b.site(pt.Stack.Frames())
	for i, frame := range pt.Stack.All() {
		f := b.of[frame]
		if f == nil {
			continue
		}
		n := b.Frames.Frame(frame).Line
		line := f.lines[n]
		if line == nil {
			line = &listedLine{FunctionLine: FunctionLine{Line: n}}
			f.lines[n] = line
		}
		if f.last != point+1 {
			f.last = point + 1
			f.Cum.add(pt)
		}
		if line.last != point+1 {
			line.last = point + 1
			line.Cum.add(pt)
		}
		if i == site {
			f.Flat.add(pt)
			line.Flat.add(pt)
		}
	}
}

// sorted returns the functions that have some of the metric.
func (b *listingBuilder) sorted() []*Function {
	var all []*Function
	for _, f := range b.functions {
		if f.Cum.Get(b.metric) == 0 {
			continue
		}
		for _, n := range slices.Sorted(maps.Keys(f.lines)) {
			if line := f.lines[n].FunctionLine; line.Cum.Get(b.metric) > 0 {
				f.Lines = append(f.Lines, line)
			}
		}
		all = append(all, &f.Function)
	}
	slices.SortFunc(all, func(x, y *Function) int {
		return cmp.Or(y.Flat.compare(&x.Flat, b.metric), y.Cum.compare(&x.Cum, b.metric), strings.Compare(x.Name, y.Name), strings.Compare(x.File, y.File))
	})
	return all
}
