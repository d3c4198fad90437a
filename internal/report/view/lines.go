package view

import (
	"cmp"
	"slices"
)

// hasLines reports whether rows are at lines, or have such below.
func (o *Options) hasLines() bool { return o.By == BySite && !o.Tree && !o.IsOfFrees() }

// foldsLines reports whether a site is a function, with its lines below where there are several. How each of
// these grew is asked of its own.
func (o *Options) foldsLines() bool {
	return o.hasLines() && !o.linesApart && o.Question != AskGrowth
}

// findLines sets the Lines of rows that stand for functions. What is nearly all of one line has its place.
func (b *builder) findLines(rows []*Row) {
	if o := &b.view.Options; !o.foldsLines() || len(b.sides) > 1 && !o.ofOneProcess() {
		return
	}
	shown := map[*Row]map[int]*Row{}
	for _, r := range rows {
		if r.Kind == Entry && r.key != noKey && !b.isRuntime(r.key) && b.keys.frames[r.key].File != "" {
			shown[r] = map[int]*Row{}
		}
	}
	var buffer []uint32
	for _, s := range b.sides {
		for i, r := range s.rows {
			lines := shown[r]
			if lines == nil {
				continue
			}
			stack := s.Profile.Points[i].Stack.Into(&buffer)
			n := s.Frames.Frame(stack[s.site(stack)]).Line
			if lines[n] == nil {
				lines[n] = &Row{Kind: Line, Site: b.atLine(r, n)}
			}
			lines[n].sums(s).add(&s.Profile.Points[i])
		}
	}
	for r, lines := range shown {
		for _, l := range lines {
			r.Lines = append(r.Lines, l)
		}
		slices.SortFunc(r.Lines, func(x, y *Row) int {
			return cmp.Or(y.Sums.compare(&x.Sums, b.view.Metric), cmp.Compare(x.Site.Line, y.Site.Line))
		})
		if len(r.Lines) == 1 {
			r.Site, r.Lines = r.Lines[0].Site, nil
		} else if main := r.mainLine(b.view.Metric); main != nil {
			site := *r.Site
			site.Place = main.Site.Place // to a reader it is there
			if len(r.linesWith(b.view.Metric)) > 1 {
				site.Place += ", …"
			}
			r.Site = &site
		}
	}
}

// atLine returns the site of a row at one of its lines.
func (b *builder) atLine(r *Row, line int) *Site {
	f := *b.keys.frames[r.key]
	f.Line = line
	return naming{by: BySite, allFrames: b.naming.allFrames}.site(&f)
}

// AddSource gives rows of one line that are large enough, and the lines of others, their text, which text
// returns of a file's line.
func (r *Report) AddSource(text func(file string, line int) string) {
	if !r.Options.hasLines() {
		return
	}
	add := func(to *Row, site *Site) {
		if site.File != "" && site.Line > 0 {
			to.Source = text(site.File, site.Line)
		}
	}
	for _, row := range r.Rows {
		if !r.Opens(row) {
			continue
		}
		if main := row.mainLine(r.Metric); main != nil {
			add(row, main.Site)
		} else {
			add(row, row.Site)
		}
		for _, l := range r.ShownLines(row) {
			if l.Kind == Line {
				add(l, l.Site)
			}
		}
	}
}

// Opens reports whether a row is large enough for its lines to be shown.
func (v *View) Opens(r *Row) bool {
	const least = 0.01 // of the total
	if r.Kind != Entry || v.byGrowth() {
		return r.Kind == Entry
	}
	return float64(r.Sums.Get(v.Metric)) >= least*float64(v.Total.Sums.Get(v.Metric))
}

// ShownLines returns the lines of a row that are worth showing, those with the most first; what is
// left is the last, of the kind Folded. It returns none where one line has nearly all of the metric.
func (v *View) ShownLines(r *Row) []*Row {
	const most = 3 // lines of a site
	with := r.linesWith(v.Metric)
	if len(with) < 2 || !v.Opens(r) || r.mainLine(v.Metric) != nil {
		return nil
	}
	small := leastLine * float64(r.Sums.Get(v.Metric))
	n := 1
	for n < len(with) && n < most && float64(with[n].Sums.Get(v.Metric)) >= small {
		n++
	}
	if n == len(with)-1 && n < most {
		n++ // its line takes as much room as the one that would stand for it
	}
	shown := with[:n:n]
	if n == len(with) {
		return shown
	}
	rest := &Row{Kind: Folded, Noun: "line"}
	for _, l := range with[n:] {
		rest.fold(l)
	}
	return append(shown, rest)
}

// leastLine is what part of its site a line is worth showing for.
const leastLine = 0.05

// mainLine returns the line that has all of the metric, or leaves too little of it to show others;
// nil where there is none.
func (r *Row) mainLine(m Metric) *Row {
	with := r.linesWith(m)
	if len(with) == 0 || float64(with[0].Sums.Get(m)) < (1-leastLine)*float64(r.Sums.Get(m)) {
		return nil
	}
	return with[0]
}

// linesWith returns the lines of a row that have some of the metric.
func (r *Row) linesWith(m Metric) []*Row {
	n := 0
	for n < len(r.Lines) && r.Lines[n].Sums.Get(m) > 0 {
		n++
	}
	return r.Lines[:n]
}
