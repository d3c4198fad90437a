package text

import (
	"fmt"
	"io"
	"strings"

	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
)

// Code is the source of a listed function.
type Code struct {
	Lines int              // how many lines the file has; 0 where it is not at hand
	Line  func(int) string // one of them, from 1, with its indentation
	Notes []string         // what is to be said of it, in lines
}

// ListingOptions are how a listing is laid out.
type ListingOptions struct {
	Width int  // columns that a line may take; 0: no limit
	Color bool // colour may be used
	Most  int  // functions to show; 0: all
	Code  func(*view.Function) Code
}

const (
	// around is how many lines are shown before the first one of a function that has something, and
	// after the last: as pprof does.
	around = 5
	// farApart is how many lines without anything are left out between two that have something.
	farApart = 4 * around
)

// Listing writes functions line by line.
func Listing(w io.Writer, l *view.Listing, o ListingOptions) error {
	p := listing{Listing: l, palette: palette{on: o.Color}, width: o.Width}
	if p.width <= 0 {
		p.width = FreeWidth
	}
	for i, f := range l.Functions {
		if o.Most > 0 && i == o.Most {
			break
		}
		if i > 0 {
			p.line("")
		}
		p.function(f, o.Code(f))
	}
	_, err := io.WriteString(w, p.out.String())
	return err
}

// listing lays out a view.Listing.
type listing struct {
	*view.Listing
	palette palette
	width   int
	out     strings.Builder
}

func (p *listing) line(text string) {
	p.out.WriteString(text)
	p.out.WriteByte('\n')
}

// function writes one function: its name, its sums, and its lines.
func (p *listing) function(f *view.Function, code Code) {
	where := f.File
	if where == "" {
		where = f.Module
	}
	p.line(p.palette.bold(names.Shorten(f.Name, p.width)))
	if where != "" {
		p.line("  " + names.CutMiddle(where, p.width-gap))
	}
	p.line(fmt.Sprintf("  %s flat, %s cum, of %s %s", p.share(&f.Flat), p.share(&f.Cum), p.amount(&p.Total.Sums), p.Units.Metric(p.Metric.String())))
	for _, note := range code.Notes {
		p.line("  " + p.palette.warn(names.CutMiddle(note, p.width-gap)))
	}
	p.lines(f, code)
}

// amount returns what some points have of the metric.
func (p *listing) amount(s *view.Sums) string { return valueText(p.Units, p.Metric, s) }

func (p *listing) share(s *view.Sums) string {
	percent := p.Units.Percent(s.Get(p.Metric), p.Total.Sums.Get(p.Metric))
	return fmt.Sprintf("%s (%s)", p.amount(s), percent)
}

// lines writes the lines of a function that have something, and those of its source around them.
func (p *listing) lines(f *view.Function, code Code) {
	flat, cum := len("flat"), len("cum")
	for _, l := range f.Lines {
		flat, cum = max(flat, names.Width(p.cell(&l.Flat))), max(cum, names.Width(p.cell(&l.Cum)))
	}
	last := f.Lines[len(f.Lines)-1].Line
	number := max(len(fmt.Sprint(min(last+around, max(code.Lines, last)))), len("line"))
	row := func(a, b, n, text string, dim bool) {
		numbers := fmt.Sprintf("%*s  %*s  %*s", flat, a, cum, b, number, n)
		text = names.CutEnd(text, max(p.width-len(numbers)-gap, 16))
		line := strings.TrimRight(numbers+spaces+text, " ")
		if dim {
			line = p.palette.dim(line)
		}
		p.line(line)
	}
	p.line("")
	row("flat", "cum", "line", "", true)
	next := 0 // the next line of source to show
	for i, l := range f.Lines {
		if code.Lines >= l.Line && l.Line > 0 {
			from := max(l.Line-around, 1)
			if i > 0 && f.Lines[i-1].Line > 0 {
				from = next
			}
			if left := l.Line - from; i > 0 && left > farApart {
				for n := from; n < from+around; n++ {
					row(".", ".", fmt.Sprint(n), code.Line(n), true)
				}
				row("", "", "⋮", "", true)
				from = l.Line - around
			}
			for n := from; n < l.Line; n++ {
				row(".", ".", fmt.Sprint(n), code.Line(n), true)
			}
		}
		n, text := "?", "(line not known)"
		if l.Line > 0 {
			n, text = fmt.Sprint(l.Line), ""
		}
		if l.Line > 0 && l.Line <= code.Lines {
			text = code.Line(l.Line)
		}
		row(p.cell(&l.Flat), p.cell(&l.Cum), n, text, false)
		next = l.Line + 1
	}
	for n := next; n > 1 && n < next+around && n <= code.Lines; n++ {
		row(".", ".", fmt.Sprint(n), code.Line(n), true)
	}
}

// cell returns an amount of a line; "." for none, as pprof writes it.
func (p *listing) cell(s *view.Sums) string {
	if s.Get(p.Metric) == 0 {
		return "."
	}
	return p.amount(s)
}
