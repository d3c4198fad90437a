package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
)

// The JSON of a report or a diff. Fields are added, never renamed or removed,
// without a new version. Numbers are exact; lifetime, an average, is the only
// fraction. A metric that a profile lacks is absent.
type jsonView struct {
	Version int          `json:"version"` // 1
	Kind    string       `json:"kind"`    // "report" or "diff"
	Sort    string       `json:"sort"`    // a metric's name
	By      string       `json:"by"`
	Tree    string       `json:"tree,omitempty"` // "callers-first" or "sites-first"
	Profile *jsonProfile `json:"profile,omitempty"`
	Before  *jsonProfile `json:"before,omitempty"`
	After   *jsonProfile `json:"after,omitempty"`
	Total   *jsonValues  `json:"total"`
	Rows    []jsonRow    `json:"rows"` // they add up to total
}

type jsonProfile struct {
	Command  string    `json:"command"`
	PID      int64     `json:"pid"`
	Mode     string    `json:"mode"`
	Units    jsonUnits `json:"units"`
	PeakTime *uint64   `json:"peak-time,omitempty"` // in units.time
	EndTime  uint64    `json:"end-time"`
}

type jsonUnits struct {
	Bytes  string `json:"bytes"` // of metrics that end in -bytes
	Blocks string `json:"blocks"`
	Time   string `json:"time"` // of lifetime and lifetime-sum
}

type jsonRow struct {
	// Kind is "entry", or what the row accounts for: "self" (in a tree, the
	// parent's own), "folded", "unfocused", "ignored".
	Kind string `json:"kind"`
	*jsonFrame
	Stack  []jsonFrame `json:"stack,omitempty"`  // innermost first, from the site
	Caller string      `json:"caller,omitempty"` // of a site without a name: the function that most of it came from
	Folded int         `json:"folded,omitempty"` // how many entries this row stands for
	Chunks *jsonChunks `json:"chunks,omitempty"` // of a row that is an arena or a pool
	// Percent is of the total of the metric that is sorted by; in a diff, the
	// change in percent of the value before, absent where that is 0.
	Percent *float64 `json:"percent,omitempty"`
	*jsonValues
	Children []jsonRow `json:"children,omitempty"` // they add up to the row
}

// jsonChunks is what is known of an arena's chunks or a pool's pages.
type jsonChunks struct {
	Kind     string `json:"kind"`             // "arena" or "pool"
	Mostly   bool   `json:"mostly,omitempty"` // other blocks make a tenth of the row's bytes at most
	Blocks   uint64 `json:"blocks"`
	Smallest uint64 `json:"smallest-bytes"`
	Largest  uint64 `json:"largest-bytes"`
	Growth   string `json:"growth"` // "constant", "doubling", "growing" by another factor, or "mixed"
}

func (c *chunks) json() *jsonChunks {
	if c == nil {
		return nil
	}
	return &jsonChunks{Kind: c.noun, Mostly: c.mostly, Blocks: c.blocks, Smallest: c.least, Largest: c.most, Growth: string(c.growth)}
}

type jsonFrame struct {
	Function string `json:"function,omitempty"`
	File     string `json:"file,omitempty"`
	Line     int    `json:"line,omitempty"`
	Module   string `json:"module,omitempty"`
	// Name is what a report calls the frame: the function, or module+offset.
	Name string `json:"name,omitempty"`
}

// jsonValues are the metrics of one row: of the profile, or of both.
type jsonValues struct {
	Values *metricObject `json:"values,omitempty"`
	Before *metricObject `json:"before,omitempty"`
	After  *metricObject `json:"after,omitempty"`
	Change *metricObject `json:"change,omitempty"` // after − before
}

// metricObject is an object with the metrics in the vocabulary's order. Besides
// these it has points, the number of program points added up (where that is
// more than 1, max-bytes and max-blocks are upper bounds), and lifetime-sum.
type metricObject []metricValue

type metricValue struct {
	name   string
	number string
}

func (o *metricObject) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range *o {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:%s", m.name, m.number)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// writeJSON writes the view as one JSON object.
func (v *View) writeJSON(w io.Writer) error {
	out := jsonView{
		Version: 1, Kind: "report", Sort: v.Metric.String(), By: v.Options.By.String(),
		Total: v.jsonValues(&v.Total), Rows: v.jsonRows(v.Rows),
	}
	if v.Options.Tree {
		out.Tree = "callers-first"
		if v.Options.BottomUp {
			out.Tree = "sites-first"
		}
	}
	if v.diff() {
		out.Kind = "diff"
		out.Before, out.After = newJSONProfile(v.Profiles[0]), newJSONProfile(v.Profiles[1])
	} else {
		out.Profile = newJSONProfile(v.Profiles[0])
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}

func newJSONProfile(p *profile.Profile) *jsonProfile {
	u := human.UnitsOf(p)
	out := &jsonProfile{
		Command: names.Printable(p.Command), PID: p.PID, Mode: names.Printable(p.Mode), EndTime: p.EndTime,
		Units: jsonUnits{Bytes: u.Many, Blocks: u.BlockName, Time: u.TimeName},
	}
	if PeakBytes.Has(p) {
		out.PeakTime = &p.PeakTime
	}
	return out
}

func (v *View) jsonRows(rows []*Row) []jsonRow {
	out := make([]jsonRow, 0, len(rows))
	for _, r := range rows {
		j := jsonRow{Kind: r.Kind.String(), Folded: r.Count, jsonValues: v.jsonValues(&r.Sums), Percent: v.percentOf(r), Chunks: r.chunks.json()}
		switch {
		case r.Kind != Entry:
		case len(r.Stack) > 0:
			for _, f := range r.Stack {
				j.Stack = append(j.Stack, *v.jsonFrame(f))
			}
		default:
			j.jsonFrame = v.jsonFrame(r.Frame)
			if r.Caller != nil {
				j.Caller = r.Caller.Name()
			}
		}
		if len(r.Children) > 0 {
			j.Children = v.jsonRows(r.Children)
		}
		out = append(out, j)
	}
	return out
}

// jsonFrame gives what the row's grouping tells apart, and no more.
func (v *View) jsonFrame(f *Frame) *jsonFrame {
	switch v.Options.By {
	case ByFile:
		return &jsonFrame{Name: fileLabel(f), File: f.File}
	case ByModule:
		return &jsonFrame{Name: moduleLabel(f), Module: f.Module}
	}
	if f.runtime != nil {
		return &jsonFrame{Name: f.runtime.name, Module: f.Module}
	}
	out := &jsonFrame{Name: f.Name(), Function: f.Function, File: f.File, Line: f.Line, Module: f.Module}
	if v.Options.By == ByFunction || v.diff() {
		out.Line = 0
	}
	return out
}

// percentOf is the row's share of the total, or in a diff its change in percent
// of the value before; nil where there is none.
func (v *View) percentOf(r *Row) *float64 {
	var percent float64
	switch whole := v.Total[0].Get(v.Metric); {
	case v.diff():
		c := v.change(r)
		if c.before == 0 {
			return nil
		}
		percent = float64(c.sign()) * c.percentSize()
	case whole == 0 || v.Metric == Lifetime:
		return nil
	default:
		percent = 100 * float64(r.Sums[0].Get(v.Metric)) / float64(whole)
	}
	return &percent
}

func (v *View) jsonValues(s *[2]Sums) *jsonValues {
	if !v.diff() {
		return &jsonValues{Values: v.metrics(&s[0])}
	}
	return &jsonValues{Before: v.metrics(&s[0]), After: v.metrics(&s[1]), Change: v.changes(s)}
}

// metrics lists the metrics that all profiles have, exactly.
func (v *View) metrics(s *Sums) *metricObject {
	out := metricObject{{"points", strconv.Itoa(s.Points())}}
	for _, m := range Metrics() {
		if !v.has(m) {
			continue
		}
		if m == Lifetime {
			out = append(out, metricValue{"lifetime-sum", strconv.FormatUint(s.Get(m), 10)})
			out = append(out, metricValue{m.String(), plainFloat(s.AverageLifetime())})
			continue
		}
		out = append(out, metricValue{m.String(), strconv.FormatUint(s.Get(m), 10)})
	}
	return &out
}

// changes lists after − before of the metrics that both profiles have.
func (v *View) changes(s *[2]Sums) *metricObject {
	var out metricObject
	for _, m := range Metrics() {
		if !v.has(m) {
			continue
		}
		c := v.changeOf(s, m)
		sign := ""
		if c.sign() < 0 {
			sign = "-"
		}
		if m == Lifetime {
			out = append(out, metricValue{m.String(), plainFloat(c.after - c.before)})
			continue
		}
		out = append(out, metricValue{m.String(), sign + strconv.FormatUint(c.abs(), 10)})
	}
	return &out
}

func plainFloat(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
