// Package json writes views as JSON. It imports the profile, human, names and view.
package json

import (
	"encoding/json"
	"io"
	"strconv"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
)

// document is the JSON of a report or a diff. Fields are added, never renamed or removed,
// without a new version. Numbers are exact, unless
// sampled-bytes is there; lifetime, an average, is the only
// fraction. A metric that a profile lacks is absent.
type document struct {
	Version  int      `json:"version"` // 1
	Kind     string   `json:"kind"`    // "report" or "diff"
	Sort     string   `json:"sort"`    // a metric's name, or "risen-bytes"
	By       string   `json:"by"`
	Question string   `json:"question,omitempty"` // another one than who holds the peak: "leaks", "churn", "growth"
	Tree     string   `json:"tree,omitempty"`     // "callers-first" or "sites-first"; of drops "dropped-first"
	Frees    bool     `json:"who-frees,omitempty"`
	Leaks    bool     `json:"leaks,omitempty"`
	Profile  *source  `json:"profile,omitempty"`
	Before   *source  `json:"before,omitempty"`
	After    *source  `json:"after,omitempty"`
	Span     *span    `json:"span,omitempty"`    // of a report of growth: over which part of the run bytes rose
	Moments  []uint64 `json:"moments,omitempty"` // of a report of growth: at which live is known, in units.time
	Total    *values  `json:"total"`
	Rows     []row    `json:"rows"` // they add up to total
}

// source is what a view is of.
type source struct {
	Command  string     `json:"command"`
	PID      int64      `json:"pid"`
	Mode     string     `json:"mode"`
	Units    units      `json:"units"`
	PeakTime *uint64    `json:"peak-time,omitempty"` // in units.time
	EndTime  uint64     `json:"end-time"`
	Part     *partOfRun `json:"part,omitempty"`    // of the run
	Threads  []threadID `json:"threads,omitempty"` // whose blocks alone were looked at
	// Sampled is how many bytes there were from one sampled block to the next, on average,
	// where the numbers are estimates.
	Sampled uint64 `json:"sampled-bytes,omitempty"`
	// ExactBytes and ExactBlocks are what was allocated in all, where the metrics are
	// estimates and this was counted.
	ExactBytes  uint64 `json:"exact-total-bytes,omitempty"`
	ExactBlocks uint64 `json:"exact-total-blocks,omitempty"`
	// Attached is how the recording came to a program that ran already; what that had before is in no number.
	Attached *attached `json:"attached,omitempty"`
	// Merged is what the profile was made of; its peak is the sum of the others', which were at different moments.
	Merged []merged `json:"merged,omitempty"`
	// AtOnce is how much lived in all the processes of a merged profile at one time.
	AtOnce *atOnce `json:"at-once,omitempty"`
}

// atOnce is between what the most is, in bytes, that lived at one time.
type atOnce struct {
	Least uint64 `json:"least-bytes"`
	Most  uint64 `json:"most-bytes"`
}

// merged is a profile.Part.
type merged struct {
	Command  string `json:"command"`
	Profiles uint64 `json:"profiles"`
}

// attached is a profile.Attached.
type attached struct {
	Age           uint64 `json:"age,omitempty"` // of the program at the recording's start, in microseconds
	FreedBefore   uint64 `json:"freed-before"`  // blocks from before
	ResizedBefore uint64 `json:"resized-before"`
	End           string `json:"end"` // why it ended
}

// span is a part of a run, from its start in units.time.
type span struct {
	From uint64 `json:"from"`
	To   uint64 `json:"to"`
}

// partOfRun is the part of a run that a source is of: what was allocated from one moment to another.
type partOfRun struct {
	From moment `json:"from"`
	To   moment `json:"to"` // at which live-bytes and live-blocks lived
	// AtLeast says that as much lived of what was allocated, or more.
	AtLeast bool `json:"live-at-least,omitempty"`
}

// moment is a moment of a run.
type moment struct {
	Kind string `json:"kind"` // "start", "window" (the end of one), "mark", "peak" or "end"
	Time uint64 `json:"time"` // in units.time
	Mark string `json:"mark,omitempty"`
}

func newPart(s *profile.Span) *partOfRun {
	if s == nil {
		return nil
	}
	return &partOfRun{newMoment(s.From), newMoment(s.To), s.AtLeast}
}

func newMoment(at profile.Instant) moment {
	kind := map[profile.InstantKind]string{profile.AtStart: "start", profile.AtMoment: "window", profile.AtPeak: "peak", profile.AtEnd: "end"}[at.Kind]
	if at.Mark != "" {
		kind = "mark"
	}
	return moment{kind, at.Time, names.Printable(at.Mark)}
}

// units are what the numbers of a source count.
type units struct {
	Bytes  string `json:"bytes"` // of metrics that end in -bytes
	Blocks string `json:"blocks"`
	Time   string `json:"time"` // of lifetime and lifetime-sum
}

// row is a line of a view. Its fields of a site and of values are fields of the object.
type row struct {
	// Kind is "entry", or what the row accounts for: "self" (in a tree, the
	// parent's own), "line" (of a site's lines), "type" (in a tree, the parent's own of that type), "run" (in a tree,
	// frames that are passed), "folded", "unfocused", "ignored".
	Kind string `json:"kind"`
	*site
	Stack  []site `json:"stack,omitempty"`  // innermost first, from the site
	Caller string `json:"caller,omitempty"` // of a site without a name, or a type: the function that most of it came from
	Via    string `json:"via,omitempty"`    // with --own: the crate or library that the site called for most of it
	typed
	Run    *run    `json:"run,omitempty"`    // of a run: what its frames are
	Folded int     `json:"folded,omitempty"` // how many entries this row stands for
	Chunks *chunks `json:"chunks,omitempty"` // of a row that is an arena or a pool
	*drop
	// FreedElsewhere is where others of the site's blocks were freed, in a view of leaks.
	FreedElsewhere []row `json:"freed-elsewhere,omitempty"`
	Leak           *leak `json:"leak,omitempty"` // in a view of leaks of a profile with a snapshot
	percentage
	*values
	Live     []uint64 `json:"live,omitempty"`     // in a report of growth: bytes that were live at its moments
	Lines    []row    `json:"lines,omitempty"`    // of a site of several lines: these, which add up to it
	Children []row    `json:"children,omitempty"` // they add up to the row
}

// run is what is known of a run of frames that is one row.
type run struct {
	Crates    []string `json:"crates,omitempty"`    // or libraries, at most three
	Recursion bool     `json:"recursion,omitempty"` // functions come again in it
	Least     int      `json:"least-frames"`
	Most      int      `json:"most-frames"`
}

func newRun(r *view.FrameRun) *run {
	if r == nil {
		return nil
	}
	return &run{Crates: r.Crates, Recursion: r.Recursion, Least: r.Least, Most: r.Most}
}

// chunks is what is known of an arena's chunks or a pool's pages.
type chunks struct {
	Kind     string `json:"kind"`             // "arena" or "pool"
	Mostly   bool   `json:"mostly,omitempty"` // other blocks make a tenth of the row's bytes at most
	Blocks   uint64 `json:"blocks"`
	Smallest uint64 `json:"smallest-bytes"`
	Largest  uint64 `json:"largest-bytes"`
	Growth   string `json:"growth"` // "constant", "doubling", "growing" by another factor, or "mixed"
}

func newChunks(c *view.Chunks) *chunks {
	if c == nil {
		return nil
	}
	return &chunks{Kind: c.Noun, Mostly: c.Mostly, Blocks: c.Blocks, Smallest: c.Least, Largest: c.Most, Growth: string(c.Growth)}
}

// typed is what is known of the type of a row's blocks.
type typed struct {
	Type string `json:"type,omitempty"`
	// Element is the size of one of the elements that each of the blocks is full of, and Elements
	// how many of these the metric that is sorted by makes.
	Element  uint64  `json:"element-bytes,omitempty"`
	Elements *uint64 `json:"elements,omitempty"`
}

// site is a frame, as far as the rows' grouping tells frames apart.
type site struct {
	Function string `json:"function,omitempty"`
	File     string `json:"file,omitempty"`
	Line     int    `json:"line,omitempty"`
	Module   string `json:"module,omitempty"`
	// Name is what a report calls the site: the function, or module+offset.
	Name  string `json:"name,omitempty"`
	Crate string `json:"crate,omitempty"` // with its version, where that is known
	Own   bool   `json:"own,omitempty"`   // it is the program's own code
}

// values are the metrics of one row: of the profile, or of both.
type values struct {
	Values object `json:"values,omitempty"`
	Before object `json:"before,omitempty"`
	After  object `json:"after,omitempty"`
	Change object `json:"change,omitempty"` // after − before
}

// object is a JSON object of numbers, in their order.
type object []view.Number

func (o object) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for _, v := range o {
		if v.Text == "" {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(append(strconv.AppendQuote(b, v.Name), ':'), v.Text...)
	}
	return append(b, '}'), nil
}

// Report writes a report as one JSON object.
func Report(w io.Writer, r *view.Report) error {
	out := newDocument(&r.View, "report", reportNumbers(r))
	out.Profile = newSource(r.Source.Profile)
	if r.Options.Question == view.AskGrowth {
		for _, m := range r.Source.Profile.Moments {
			out.Moments = append(out.Moments, m.Time)
		}
		if r.Span != nil {
			out.Span = &span{r.Span.From, r.Span.To}
		}
	}
	return encode(w, out)
}

// Diff writes a diff as one JSON object.
func Diff(w io.Writer, d *view.Diff) error {
	out := newDocument(&d.View, "diff", diffNumbers(d))
	out.Before, out.After = newSource(d.Before.Profile), newSource(d.After.Profile)
	return encode(w, out)
}

// encode writes a document.
func encode(w io.Writer, out any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}

// numbers are a row's values and its percentage, which a report and a diff give each
// in its own form.
type numbers func(*view.Row) (*values, percentage)

// percentage is a row's of the total of the metric that is sorted by; in a diff, the
// change in percent of the value before, absent where that is 0.
type percentage struct {
	Exact     *float64 `json:"percent,omitempty"`
	Estimated *float64 `json:"estimated-percent,omitempty"` // where the numbers are estimates
	Noise     bool     `json:"within-noise,omitempty"`      // in a diff of estimates: there may be no change
}

func newPercentage(v *view.View, percent float64, ok bool) percentage {
	switch {
	case !ok:
		return percentage{}
	case v.Units.Estimated:
		return percentage{Estimated: &percent}
	}
	return percentage{Exact: &percent}
}

func reportNumbers(r *view.Report) numbers {
	return func(row *view.Row) (*values, percentage) {
		percent, ok := r.Percent(row)
		return &values{Values: r.Values(row)}, newPercentage(&r.View, percent, ok)
	}
}

func diffNumbers(d *view.Diff) numbers {
	return func(row *view.Row) (*values, percentage) {
		percent, ok := d.Percent(row)
		percentage := newPercentage(&d.View, percent, ok)
		percentage.Noise = d.InNoise(row, d.Metric)
		return &values{Before: d.ValuesBefore(row), After: d.Values(row), Change: d.Changes(row)}, percentage
	}
}

func newDocument(v *view.View, kind string, n numbers) *document {
	out := &document{Version: 1, Kind: kind, Sort: v.SortedBy(), By: v.Options.By.String(), Rows: rows(v, v.Rows, n)}
	out.Total, _ = n(v.Total)
	out.Frees, out.Leaks = v.Options.WhoFrees, v.Options.Question == view.AskLeaks
	if v.Options.Question != view.AskPeak {
		out.Question = v.Options.Question.String()
	}
	if v.Options.Tree {
		out.Tree = "callers-first"
		switch {
		case v.Options.By == view.ByDrop:
			out.Tree = "dropped-first"
		case v.Options.BottomUp:
			out.Tree = "sites-first"
		}
	}
	return out
}

func newSource(p *profile.Profile) *source {
	u := human.UnitsOf(p)
	out := &source{
		Command: names.Printable(p.Command), PID: p.PID, Mode: names.Printable(p.Mode), EndTime: p.EndTime,
		Sampled: p.Sampling.MeanBytes, ExactBytes: p.Sampling.ExactBytes, ExactBlocks: p.Sampling.ExactBlocks,
		Units: units{Bytes: u.Many, Blocks: u.BlockName, Time: u.TimeName},
	}
	out.Part = newPart(p.Span)
	for i := range p.OnlyThreads {
		t := &p.OnlyThreads[i]
		out.Threads = append(out.Threads, threadID{t.ID, names.Printable(t.Name), t.Threads})
	}
	if p.IsAttached() {
		a := p.Recording.Attached
		out.Attached = &attached{a.Age, a.FreedBefore, a.ResizedBefore, string(a.End)}
	}
	for _, part := range p.Merged {
		out.Merged = append(out.Merged, merged{names.Printable(part.Command), part.Profiles})
	}
	if r := p.Recording; r != nil && r.Joint != nil {
		out.AtOnce = new(atOnce)
		out.AtOnce.Least, out.AtOnce.Most = r.Joint.Most()
	}
	if p.KnowsPeakTime() {
		out.PeakTime = &p.PeakTime
	}
	return out
}

func rows(v *view.View, all []*view.Row, n numbers) []row {
	out := make([]row, 0, len(all))
	for _, r := range all {
		j := row{Kind: r.Kind.String(), Folded: r.Count, Run: newRun(r.Run), Chunks: newChunks(r.Chunks)}
		j.values, j.percentage = n(r)
		switch {
		case r.Kind == view.Line:
			j.site = newSite(r.Site)
		case r.Kind != view.Entry:
		case len(r.Stack) > 0:
			for _, s := range r.Stack {
				j.Stack = append(j.Stack, *newSite(s))
			}
		default:
			j.site, j.Caller, j.Via, j.drop = newSite(r.Site), r.Caller, r.Via, newDrop(r.Drop)
		}
		j.typed = newTyped(v, r)
		j.FreedElsewhere, j.Leak = freedElsewhere(r.FreedElsewhere), newLeak(r.Leak)
		if r.Grown != nil {
			j.Live = r.Grown.Live
		}
		if len(r.Lines) > 0 {
			j.Lines = rows(v, r.Lines, n)
		}
		if len(r.Children) > 0 {
			j.Children = rows(v, r.Children, n)
		}
		out = append(out, j)
	}
	return out
}

func newTyped(v *view.View, r *view.Row) typed {
	out := typed{Type: r.Type.Name, Element: r.Type.Element}
	if n, ok := v.Elements(r); ok {
		out.Elements = &n
	}
	return out
}

func newSite(s *view.Site) *site {
	return &site{Name: s.Name, Function: s.Function, File: s.File, Line: s.Line, Module: s.Module, Crate: s.Crate, Own: s.Own}
}
