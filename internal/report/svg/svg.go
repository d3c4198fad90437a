// Package svg draws flame graphs as pictures that stand alone: flame.css and flame.js are
// put into each. It imports the profile, flame, frames, human, label, names and view.
package svg

import (
	"cmp"
	_ "embed"
	"io"
	"slices"

	"heapprof/internal/profile"
	"heapprof/internal/report/flame"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/label"
	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
)

// The drawing's measures in pixels. It is pageWidth wide as a still picture;
// where its script runs, it follows the window.
const (
	pageWidth    = 1200
	rowHeight    = 18 // from one row of frames to the next
	frameHeight  = 17 // a frame's height: the rest is a gap
	firstRow     = 80 // above the first row: title, controls, legend
	bottom       = 12
	letterWidth  = 7.3 // width of a monospaced letter at 12 px, rounded up
	namePad      = 4   // left and right of a name within its frame
	leastLetters = 3   // letters: shorter names tell nothing
	titleLetters = 92  // letters of the title, which is set larger

	// leastShare is the part of the total below which a frame is not drawn:
	// a tenth of a pixel. It bounds the file: at most 12,000 frames a row.
	leastShare = 1.0 / (10 * pageWidth)
)

//go:embed flame.css
var style string

//go:embed flame.js
var script string

// Write writes a profile as a flame graph: one SVG file that needs nothing else. Opened
// in a browser it zooms on a click, searches by regular expression, and shows
// the numbers of the frame under the pointer; anywhere else it is a still
// picture of the same.
//
// The root is at the top and callees hang below their callers, largest first
// ("icicle"): stacks of a heap profile are deep, and so the page opens where
// reading begins, in the order of report --tree. A frame's colour tells its
// module, in shades by function; pale colours of their own have the types of the blocks, below
// the sites, and runs of frames that are left out. Where no type is known there is the
// allocation plumbing, in grey.
//
// Frames that share function, file and module are one box. Frames narrower than a
// tenth of a pixel are left out, and the drawing says what share that is.
func Write(w io.Writer, s *view.Source, o flame.Options) error {
	p := s.Profile
	metric, total, err := flame.Metric(p, o)
	if err != nil {
		return err
	}
	plumbing := map[flame.Label]bool{}
	graph := flame.NewGraph(s, o, []view.Metric{metric}, func(f *frames.Frame, apart string) flame.Label {
		l := flame.Label{Name: f.Name(), Apart: apart, Module: f.Module}
		if f.Plumbing {
			plumbing[l] = true
		}
		return l
	})
	d := &drawing{profile: p, metric: metric, total: total, labels: graph.Labels, nameOf: map[nameKey]int{}}
	d.layout(graph.Stacks(metric))
	d.paint(plumbing)
	return d.write(w)
}

// drawing is a flame graph laid out.
type drawing struct {
	profile *profile.Profile
	metric  view.Metric
	total   uint64
	labels  []flame.Label

	boxes   []box // callers before their callees
	rows    int
	omitted uint64 // of the total: what ends in frames too narrow to draw

	nameOf  map[nameKey]int // index into names
	names   []name          // what is drawn, referred to by box.name
	legend  []legendEntry
	fills   []string // colour of each name
	modules []string // full path of each module, referred to by name.module
}

// box is one frame in the drawing.
type box struct {
	name  int
	depth int
	start uint64 // where it begins, in units of the metric
	total uint64

	sampled profile.Sampled // what total is estimated from
}

// nameKey is what makes boxes have one name.
type nameKey struct {
	label int32
	run   flame.Range // of a run: how many frames it has
}

// name is one label as the script needs it.
type name struct {
	label  flame.Label
	name   string
	short  string // without arguments and template arguments
	module int    // index into drawing.modules, -1 for none
}

type legendEntry struct{ text, fill string }

// layout places the root, and in it every frame that is wide enough.
func (d *drawing) layout(stacks []flame.Stack) {
	d.names = []name{{name: "all", short: "all", module: -1}}
	all := box{total: d.total}
	for i := range stacks {
		all.sampled = all.sampled.Plus(stacks[i].Sampled)
	}
	d.boxes = []box{all}
	d.rows = 1
	d.place(stacks, 0, 0)
}

// place draws what stacks, which share their first depth frames, have next,
// side by side from start on. What ends here is the blank at their right.
func (d *drawing) place(stacks []flame.Stack, depth int, start uint64) {
	type callee struct {
		label  int32
		run    flame.Range
		stacks []flame.Stack
		total  uint64

		sampled profile.Sampled
	}
	var callees []callee
	for i := 0; i < len(stacks); {
		if len(stacks[i].Labels) == depth {
			i++
			continue
		}
		c := callee{label: stacks[i].Labels[depth]}
		first := i
		for ; i < len(stacks) && stacks[i].Labels[depth] == c.label; i++ {
			c.total += stacks[i].Value
			c.sampled = c.sampled.Plus(stacks[i].Sampled)
		}
		c.stacks = stacks[first:i]
		c.run = d.runAt(c.stacks, depth)
		if float64(c.total) < float64(d.total)*leastShare {
			d.omitted += c.total
			continue
		}
		callees = append(callees, c)
	}
	slices.SortStableFunc(callees, func(a, b callee) int { return cmp.Compare(b.total, a.total) })

	for _, c := range callees {
		d.boxes = append(d.boxes, box{name: d.name(nameKey{c.label, c.run}), depth: depth + 1, start: start, total: c.total, sampled: c.sampled})
		d.rows = max(d.rows, depth+2)
		d.place(c.stacks, depth+1, start)
		start += c.total
	}
}

// runAt returns how many frames the run has that stacks have at a depth, zero if that is no
// run.
func (d *drawing) runAt(stacks []flame.Stack, depth int) flame.Range {
	if d.labels[stacks[0].Labels[depth]].Kind != flame.Run {
		return flame.Range{}
	}
	outer := 0 // runs outside of it, in each of the stacks
	for _, label := range stacks[0].Labels[:depth] {
		if d.labels[label].Kind == flame.Run {
			outer++
		}
	}
	all := stacks[0].Runs[outer]
	for i := range stacks {
		all = all.Or(stacks[i].Runs[outer])
	}
	return all
}

// name returns the index of a name in the drawing.
func (d *drawing) name(key nameKey) int {
	if i, ok := d.nameOf[key]; ok {
		return i
	}
	n := name{label: d.labels[key.label], module: -1}
	switch n.label.Kind {
	case flame.Run:
		n.name = label.Frames(n.label.Passed, int(key.run.Least), int(key.run.Most))
		n.short = n.label.Name
	case flame.Type:
		n.name, n.short = n.label.Name, n.label.Name
	default:
		n.name = n.label.Text(n.label.Name)
		n.short = n.label.Text(cmp.Or(names.Qualified(n.label.Name), n.label.Name))
	}
	if path := n.label.Module; path != "" {
		n.module = slices.Index(d.modules, path)
		if n.module < 0 {
			n.module = len(d.modules)
			d.modules = append(d.modules, path)
		}
	}
	d.nameOf[key] = len(d.names)
	d.names = append(d.names, n)
	return len(d.names) - 1
}
