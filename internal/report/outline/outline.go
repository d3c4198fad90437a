// Package outline makes pages of rows that open, for who looks at a profile step by step: of a report or a
// diff sites with their lines and callers, owners with the blocks that they retain, parts of resident
// memory. What is below a row is worked out when it is opened. Its words are the caller's. It imports
// the profile, held, human, label, names, text and view.
package outline

import (
	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
)

// Page answers a question.
type Page struct {
	Titles []string // of the columns of numbers, the most telling first
	Always int      // how many of the first columns are shown whatever room they leave
	Name   string   // the title of the rows' names
	Rows   []*Row   // all together are the last one, of the kind Total
	Bars   bool     // rows have a Share
	Signed bool     // which may be below 0
}

// Row is one row of a page, or one that another opens to.
type Row struct {
	Kind  Kind
	Share float64 // of the page's largest row, from -1 to 1: less than 0 is less than before
	Name  string  // fit for a terminal, as all texts here
	Type  string  // of the blocks; "" where it is not known, or the name says it
	Place string  // beside the name; may be ""

	// Only says that this row is the only one below the one that it is below, and has its numbers.
	Only bool
	// Opened says that what is below is shown.
	Opened bool

	// File and Line are where it is: "" and 0 where that is not known, or not before Locate was called.
	File string
	Line int
	Site *view.Site
	Said []string // of the row, each a sentence

	// Subjects are what else may be said of it is about: a site at each of the lines that it has.
	Subjects []Subject

	where  func() (file string, line int)
	cells  func() []string
	origin func(width int) string // where most of it comes from
	open   func() []*Row
	below  []*Row
}

// Subject is what a site allocates of a type at a line.
type Subject struct {
	Name, File string
	Line       int
	Type       string
}

// SubjectOf returns a site as what something is said of.
func SubjectOf(s *view.Site, typ string) Subject { return Subject{s.Name, s.File, s.Line, typ} }

// Kind is what a row is.
type Kind uint8

// The kinds of rows.
const (
	Entry   Kind = iota // what the page is about: a site, a type, an owner, a part
	Caller              // of the one that it is below
	Line                // of a site
	Part                // another thing that a row is made of
	Rest                // accounts for what is not shown one by one
	Heading             // of the rows that follow, without numbers
	Total               // of all rows
)

// Cells returns the row's numbers, a text for each of the page's columns.
func (r *Row) Cells() []string {
	if r.cells == nil {
		return nil
	}
	return r.cells()
}

// Locate completes where the row is.
func (r *Row) Locate() {
	if r.where == nil {
		return
	}
	if file, line := r.where(); line > 0 {
		r.File, r.Line = file, line
	}
	r.where = nil
}

// Beside returns what stands beside the name, in so many columns: the place, or where most of the row comes
// from if that tells more. It may be wider if it is a place, and is "" where there is no room to tell anything.
func (r *Row) Beside(width int) string {
	if r.origin != nil {
		return r.origin(max(width, 1))
	}
	return r.Place
}

// Opens reports whether there may be something below the row.
func (r *Row) Opens() bool { return r.open != nil || len(r.below) > 0 }

// Below returns what is below the row, whether it is shown or not. Of a report and a diff, what is of
// one kind adds up to the row, but for changes of 0.
func (r *Row) Below() []*Row {
	if r.open != nil {
		r.below = r.open()
		r.open = nil
		if len(r.below) == 1 && r.below[0].Kind != Line {
			r.below[0].Only = true
		}
	}
	return r.below
}

// longest is how many columns of a name are kept: no terminal is wider, and a compiler may make
// names of megabytes.
const longest = 2000

// clip returns a name that a terminal has room for.
func clip(name string) string {
	if len(name) <= longest {
		return name
	}
	return names.Shorten(name, longest)
}
