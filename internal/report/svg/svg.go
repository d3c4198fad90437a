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
	amountGap    = 2   // letters between a name and the amount
	titleLetters = 92  // letters of the title, which is set larger

	amountOpacity = 0.7 // of the amount, so that the name stands out

	// maxBoxes is how many boxes are drawn at most, so that a browser opens the picture at once
	// and zooms without delay whatever the profile. A page of 1,200 pixels shows fewer.
	maxBoxes = 5000
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
// module, in shades by function; colours of their own have what is no function: the types of the
// blocks, below the sites, runs of frames that are left out, and markers such as [truncated].
// What is plumbing is grey.
//
// Frames that share function, file and module are one box. Where there are more than maxBoxes,
// the largest are drawn; what a frame's other callees have is one box beside those that are
// drawn, so that the sums are whole.
func Write(w io.Writer, s *view.Source, o flame.Options) error { return write(w, s, o, maxBoxes) }

func write(w io.Writer, s *view.Source, o flame.Options, most int) error {
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
	d.layout(slices.AppendSeq(make([]flame.Stack, 0, graph.MostStacks()), graph.Stacks(metric)), most)
	d.paint(plumbing)
	return d.write(w)
}

// drawing is a flame graph laid out.
type drawing struct {
	profile *profile.Profile
	metric  view.Metric
	total   uint64
	labels  []flame.Label

	boxes []box // callers before their callees
	rows  int
	rest  uint64 // of the total: what the callees have that are not drawn

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
	rest  int         // how many callees the box stands for, which are not drawn; then it has no label
}

// name is one label as the script needs it.
type name struct {
	label  flame.Label
	name   string
	short  string // without arguments and template arguments
	module int    // index into drawing.modules, -1 for none
	rest   bool   // it stands for callees that are not drawn
}

type legendEntry struct{ text, fill string }

// name returns the index of a name in the drawing.
func (d *drawing) name(key nameKey) int {
	if i, ok := d.nameOf[key]; ok {
		return i
	}
	n := name{module: -1}
	if key.rest == 0 {
		n.label = d.labels[key.label]
	}
	switch {
	case key.rest > 0:
		n.name, n.rest = label.More(uint64(key.rest), "callee"), true
		n.short = n.name
	case n.label.Kind == flame.Run:
		n.name = label.Frames(n.label.Passed, int(key.run.Least), int(key.run.Most))
		n.short = n.label.Name
	case n.label.Kind == flame.Type:
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
