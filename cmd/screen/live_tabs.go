package screen

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/report/outline"
	"heapprof/internal/report/terminal"
	"heapprof/internal/report/view"
)

// mostLiveRows is how many rows of a table that changes are rows of their own.
const mostLiveRows = 500

// liveTab is a table of what changes.
type liveTab struct {
	name    string
	order   view.Order
	metrics []view.Metric // that it may be sorted by, the first if nobody chooses
	always  int           // columns that are shown whatever room they leave
	columns func(*twoLooks) []outline.Column
	said    func(*twoLooks) string
	recent  bool // it is about what the last look told; else about some time
}

// twoLooks is what a tab tells of two looks.
type twoLooks struct {
	*view.Diff
	units   human.Units
	span    float64 // seconds between the two
	over    string  // the same in words: "1 s", "the mark"
	course  string  // the title of the course
	courses map[*view.Row][]uint64
}

func liveTabs() []liveTab {
	return []liveTab{
		{
			name: "live", order: view.ByLater, metrics: []view.Metric{view.EndBytes, view.EndBlocks}, always: 4, recent: true,
			columns: func(d *twoLooks) []outline.Column {
				return []outline.Column{d.bytes("live", view.EndBytes), d.rise(d.over, view.EndBytes), d.rate("allocs/s", view.TotalBlocks), d.sparkline(), d.blocks("blocks", view.EndBlocks)}
			},
			said: func(d *twoLooks) string {
				return fmt.Sprintf("who holds it now: %s in %s, %s %s", d.units.Size(d.now(view.EndBytes)), d.units.Blocks(d.now(view.EndBlocks)), d.riseOf(d.Total, view.EndBytes), d.overWords())
			},
		},
		{
			name: "growth", order: view.ByRise, metrics: []view.Metric{view.EndBytes, view.EndBlocks}, always: 4,
			columns: func(d *twoLooks) []outline.Column {
				return []outline.Column{d.rise(d.over, view.EndBytes), d.rise("blocks", view.EndBlocks), d.bytes("live", view.EndBytes), d.sparkline()}
			},
			said: func(d *twoLooks) string {
				return fmt.Sprintf("what grew %s: %s in %s", d.overWords(), d.riseOf(d.Total, view.EndBytes), d.riseOf(d.Total, view.EndBlocks)+" blocks")
			},
		},
		{
			name: "rate", order: view.ByRise, metrics: []view.Metric{view.TotalBlocks, view.TotalBytes}, always: 3, recent: true,
			columns: func(d *twoLooks) []outline.Column {
				return []outline.Column{d.rate("allocs/s", view.TotalBlocks), d.rate("bytes/s", view.TotalBytes), d.bytes("live", view.EndBytes), d.blocks("in all", view.TotalBlocks)}
			},
			said: func(d *twoLooks) string {
				return fmt.Sprintf("who allocates %s: %s blocks and %s a second", d.overWords(), d.rateOf(d.Total, view.TotalBlocks), d.rateOf(d.Total, view.TotalBytes))
			},
		},
	}
}

// leaksTab is the tab of what was not freed so far, which is worked out of a whole profile.
const leaksTab = "leaks so far"

// page answers what a tab is asked.
func (l *Looker) page(t liveTab, a terminal.Ask) terminal.Answer {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.now == nil {
		return terminal.Answer{Said: "the recording has ended"}
	}
	from := l.before
	if !t.recent {
		from = l.anchors[0]
	}
	from = l.base(from)
	metric := t.metrics[0]
	answer := terminal.Answer{Folds: true, Filters: true, Choose: "sort by"}
	for _, m := range t.metrics {
		name := liveMetric(m)
		answer.Choices = append(answer.Choices, name)
		if name == a.Choice {
			metric = m
		}
	}
	answer.Choice = liveMetric(metric)
	d, err := view.NewDiff(from.Source, l.now.Source, view.Options{Order: t.order, Metric: &metric, AllFrames: a.AllFrames, Focus: a.Filter, Top: mostLiveRows})
	if err != nil {
		return noAnswer(err.Error())
	}
	of := l.looked(d, from)
	answer.Said = t.said(of)
	if len(l.now.Profile.Points) == 0 {
		answer.Said = "nothing was allocated so far"
		answer.Page = &outline.Page{}
		return answer
	}
	words := outline.Words{Name: "site, its callers below", Lines: "at lines", Callers: "called by", Source: l.sourceLine}
	if a.Filter != nil {
		words.Unfocused = names.Printable("not matching /" + a.Filter.String())
	}
	answer.Page = outline.OfLooks(d, t.columns(of), t.always, words)
	return answer
}

// liveMetric is what a metric is called of what goes on: nothing has an end.
func liveMetric(m view.Metric) string {
	switch m {
	case view.EndBytes:
		return view.LiveBytes.String()
	case view.EndBlocks:
		return view.LiveBlocks.String()
	}
	return m.String()
}

// sourceLine returns the text of a line of the source; "" where it is not at hand.
func (l *Looker) sourceLine(file string, line int) string {
	f := l.files.Of(file)
	if f.Newer {
		return ""
	}
	return strings.TrimSpace(f.Line(line))
}

// looked returns what is told of a diff between a look and the last one.
func (l *Looker) looked(d *view.Diff, from *look) *twoLooks {
	of := &twoLooks{Diff: d, units: human.UnitsOf(l.now.Profile), span: seconds(from, l.now), courses: make(map[*view.Row][]uint64)}
	of.over = "in " + briefTime(of.span)
	if from == l.marked {
		of.over = "since mark"
	}
	of.course = fmt.Sprintf("in %s", briefTime(coursePoints*l.o.Period.Seconds()))
	for _, r := range append(slices.Clip(d.Rows), d.Total) {
		if key, ok := courseOfRow(r); ok {
			of.courses[r] = l.courses[key]
		}
	}
	return of
}

// briefTime returns a number of seconds in few columns.
func briefTime(s float64) string {
	switch {
	case s < 9.95:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", s), ".0") + " s"
	case s < 600:
		return fmt.Sprintf("%.0f s", s)
	case s < 36000:
		return fmt.Sprintf("%.0f min", s/60)
	}
	return fmt.Sprintf("%.0f h", s/3600)
}

// overWords says over which time something is told.
func (d *twoLooks) overWords() string {
	if d.over == "since mark" {
		return fmt.Sprintf("since the mark %s ago", briefTime(d.span))
	}
	return d.over
}

func (d *twoLooks) now(m view.Metric) uint64 { return d.Total.Sums.Get(m) }

// amount writes so much of a metric.
func (d *twoLooks) amount(m view.Metric, n uint64) string {
	if m.Unit() == view.UnitBytes {
		return d.units.Cell(n)
	}
	return d.units.Count(n)
}

func (d *twoLooks) bytes(title string, m view.Metric) outline.Column {
	return outline.Column{Title: title, Cell: func(r *view.Row) string { return d.amount(m, r.Sums.Get(m)) }}
}

func (d *twoLooks) blocks(title string, m view.Metric) outline.Column { return d.bytes(title, m) }

// riseOf returns how a metric of a row changed, with a sign.
func (d *twoLooks) riseOf(r *view.Row, m view.Metric) string {
	c := r.Change(m)
	if c.Sign() == 0 {
		return "+0"
	}
	return human.Sign(c.Sign()) + d.amount(m, c.Abs())
}

func (d *twoLooks) rise(title string, m view.Metric) outline.Column {
	return outline.Column{Title: title, Cell: func(r *view.Row) string {
		if r.Change(m).Sign() == 0 {
			return "0"
		}
		return d.riseOf(r, m)
	}}
}

// rateOf returns how much of a metric there was a second.
func (d *twoLooks) rateOf(r *view.Row, m view.Metric) string {
	if d.span <= 0 {
		return "?"
	}
	rate := float64(r.Sums.Get(m)-min(r.Before.Get(m), r.Sums.Get(m))) / d.span
	switch {
	case rate == 0:
		return "0"
	case m.Unit() != view.UnitBytes && rate < 9.95:
		return d.units.Mark() + fmt.Sprintf("%.1f", rate)
	}
	return d.amount(m, uint64(math.Round(rate)))
}

func (d *twoLooks) rate(title string, m view.Metric) outline.Column {
	return outline.Column{Title: title, Cell: func(r *view.Row) string { return d.rateOf(r, m) }}
}

// sparkline is the course of the live bytes, of what it is known of.
func (d *twoLooks) sparkline() outline.Column {
	return outline.Column{Title: d.course, Cell: func(r *view.Row) string {
		course := d.courses[r]
		most := uint64(0)
		for _, n := range course {
			most = max(most, n)
		}
		return strings.Repeat(" ", coursePoints-len(course)) + human.Sparkline(course, most)
	}}
}
