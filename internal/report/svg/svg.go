package svg

import (
	"bufio"
	"cmp"
	_ "embed"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"hash/fnv"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/flame"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/human"
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
// module, in shades by function; allocation plumbing is grey, and malloc and
// operator new themselves are left out, so that the innermost coloured frames are
// the allocation sites.
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
	labels := flame.NewLabels(s.Frames, func(f *frames.Frame, apart string) flame.Label {
		l := flame.Label{Name: f.Name(), Apart: apart, Module: f.Module}
		if f.Plumbing {
			plumbing[l] = true
		}
		return l
	})
	d := &drawing{profile: p, metric: metric, total: total, labels: labels.All, nameOf: map[int32]int{}}
	d.layout(flame.Stacks(p, metric, labels))
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

	nameOf  map[int32]int // index into names of a label
	names   []name        // what is drawn, referred to by box.name
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
	d.boxes = []box{{total: d.total}}
	d.rows = 1
	d.place(stacks, 0, 0)
}

// place draws what stacks, which share their first depth frames, have next,
// side by side from start on. What ends here is the blank at their right.
func (d *drawing) place(stacks []flame.Stack, depth int, start uint64) {
	type callee struct {
		label  int32
		stacks []flame.Stack
		total  uint64
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
		}
		c.stacks = stacks[first:i]
		if float64(c.total) < float64(d.total)*leastShare {
			d.omitted += c.total
			continue
		}
		callees = append(callees, c)
	}
	slices.SortStableFunc(callees, func(a, b callee) int { return cmp.Compare(b.total, a.total) })

	for _, c := range callees {
		d.boxes = append(d.boxes, box{name: d.name(c.label), depth: depth + 1, start: start, total: c.total})
		d.rows = max(d.rows, depth+2)
		d.place(c.stacks, depth+1, start)
		start += c.total
	}
}

// name returns the index of a label's name in the drawing.
func (d *drawing) name(label int32) int {
	if i, ok := d.nameOf[label]; ok {
		return i
	}
	n := name{label: d.labels[label], module: -1}
	n.name = n.label.Text(n.label.Name)
	n.short = n.label.Text(cmp.Or(names.Qualified(n.label.Name), n.label.Name))
	if path := n.label.Module; path != "" {
		n.module = slices.Index(d.modules, path)
		if n.module < 0 {
			n.module = len(d.modules)
			d.modules = append(d.modules, path)
		}
	}
	d.nameOf[label] = len(d.names)
	d.names = append(d.names, n)
	return len(d.names) - 1
}

// hues are the colours of modules, in degrees, set far from each other at
// the beginning of the list because most programs have few modules that count.
var hues = [...]int{28, 205, 130, 340, 265, 55, 175, 300, 85, 230}

// paint chooses the colour of each name: a hue for its module, from the one
// that allocates most, and a shade for its function.
func (d *drawing) paint(plumbing map[flame.Label]bool) {
	type weight struct {
		module int
		total  uint64
	}
	// A module counts for what is drawn of it, callers included: the program
	// itself may have no frame that allocates.
	weights := make([]weight, len(d.modules))
	for i := range weights {
		weights[i].module = i
	}
	for _, b := range d.boxes {
		n := &d.names[b.name]
		if n.module >= 0 && !plumbing[n.label] {
			weights[n.module].total += b.total
		}
	}
	slices.SortFunc(weights, func(a, b weight) int {
		return cmp.Or(cmp.Compare(b.total, a.total), cmp.Compare(d.modules[a.module], d.modules[b.module]))
	})
	hue := make([]int, len(d.modules))
	for rank, w := range weights {
		hue[w.module] = hues[rank%len(hues)]
		if rank < len(hues) && w.total > 0 {
			d.legend = append(d.legend, legendEntry{path.Base(d.modules[w.module]), hsl(hue[w.module], 70, 70)})
		}
	}

	anyPlumbing := false
	d.fills = make([]string, len(d.names))
	for i := range d.names {
		n := &d.names[i]
		h := fnv.New32a()
		io.WriteString(h, n.name)
		shade, turn := int(h.Sum32()%16), int(h.Sum32()/16%21)-10
		switch {
		case i == 0:
			d.fills[i] = hsl(0, 0, 82)
		case plumbing[n.label]:
			d.fills[i] = hsl(220, 8, 74+shade/2)
			anyPlumbing = true
		case n.module >= 0:
			d.fills[i] = hsl(hue[n.module]+turn, 62+shade, 64+shade)
		default:
			// No module is known: warm colours, which no module has alone.
			d.fills[i] = hsl(20+shade*2, 80, 66+shade/2)
		}
	}
	if anyPlumbing {
		// First, because the row may have no room for every module.
		d.legend = slices.Insert(d.legend, 0, legendEntry{"allocation plumbing", hsl(220, 8, 78)})
	}
}

// hsl returns a colour as #rrggbb, which every viewer of SVG knows. Hue is in
// degrees, saturation and lightness in percent.
//
// The conversion is the one of the CSS Color Module, section "HSL to sRGB".
func hsl(hue, saturation, lightness int) string {
	s, l := float64(saturation)/100, float64(lightness)/100
	channel := func(n int) int {
		k := (n*30 + hue + 360) % 360
		t := min(float64(k)/30-3, 9-float64(k)/30, 1)
		return int((l-s*min(l, 1-l)*max(t, -1))*255 + 0.5)
	}
	return fmt.Sprintf("#%02x%02x%02x", channel(0), channel(8), channel(4))
}

func (d *drawing) write(w io.Writer) error {
	bw := bufio.NewWriter(w)
	height := firstRow + d.rows*rowHeight + bottom
	fmt.Fprintf(bw, `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" class="heapprof" width="%d" height="%d" viewBox="0 0 %d %d" font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="12">
<title>%s</title>
<style>
%s</style>
<rect class="paper" width="100%%" height="100%%" fill="#fff"/>
`, pageWidth, height, pageWidth, height, xmlText(d.title()), style)

	fmt.Fprintf(bw, `<text x="10" y="22" font-size="15" font-weight="bold">%s</text>`+"\n", xmlText(d.title()))
	fmt.Fprintf(bw, `<text class="status" x="10" y="44">%s</text>`+"\n", xmlText(d.note()))
	d.writeLegend(bw)

	bw.WriteString(`<g class="frames">` + "\n")
	for i := range d.boxes {
		d.writeBox(bw, &d.boxes[i])
	}
	bw.WriteString("</g>\n" + `<g class="names">` + "\n")
	for i := range d.boxes {
		d.writeName(bw, &d.boxes[i])
	}
	bw.WriteString("</g>\n")

	data, err := json.Marshal(d.scriptData())
	if err != nil {
		return err
	}
	// encoding/json writes <, > and & as escapes: nothing in the names can
	// end the section.
	fmt.Fprintf(bw, "<script><![CDATA[\n(data => {\n%s})(%s);\n]]></script>\n</svg>\n", script, data)
	return bw.Flush()
}

// title names the metric and the program, with its arguments as far as there
// is room beside the controls.
func (d *drawing) title() string {
	if d.profile.Command == "" {
		return d.metric.String()
	}
	return names.CutEnd(d.metric.String()+" of "+names.Printable(d.profile.Command), titleLetters)
}

// note is the line below the title. The script shows it while the pointer is
// on no frame.
func (d *drawing) note() string {
	if d.total == 0 {
		return "The profile has no " + d.metric.String() + "."
	}
	s := d.amount(d.total)
	if d.omitted > 0 {
		s += fmt.Sprintf("; frames narrower than %.3f%% are not drawn: %s end in such, %s",
			leastShare*100, d.amount(d.omitted), human.Percent(d.omitted, d.total))
	}
	return s
}

func (d *drawing) writeLegend(bw *bufio.Writer) {
	x := 10.0
	for _, k := range d.legend {
		width := 18 + letterWidth*float64(names.Width(k.text)) + 16
		if x+width > pageWidth {
			break
		}
		fmt.Fprintf(bw, `<rect x="%.0f" y="56" width="12" height="12" fill="%s"/><text x="%.0f" y="66">%s</text>`+"\n",
			x, k.fill, x+18, xmlText(k.text))
		x += width
	}
}

// span is where a box stands, in percent of the width.
func (d *drawing) span(b *box) (left, width float64) {
	if d.total == 0 {
		return 0, 100 // the root alone
	}
	total := float64(d.total)
	return float64(b.start) / total * 100, float64(b.total) / total * 100
}

func (d *drawing) writeBox(bw *bufio.Writer, b *box) {
	left, width := d.span(b)
	fmt.Fprintf(bw, `<rect x="%s%%" y="%d" width="%s%%" height="%d" fill="%s" data-n="%d" data-v="%d"/>`+"\n",
		decimal(left), firstRow+b.depth*rowHeight, decimal(width), frameHeight, d.fills[b.name], b.name, b.total)
}

func (d *drawing) writeName(bw *bufio.Writer, b *box) {
	left, width := d.span(b)
	letters := int((width/100*pageWidth - 2*namePad) / letterWidth)
	text := fitName(&d.names[b.name], letters)
	if text == "" {
		return
	}
	fmt.Fprintf(bw, `<text x="%s%%" dx="%d" y="%d">%s</text>`+"\n",
		decimal(left), namePad, firstRow+b.depth*rowHeight+13, xmlText(text))
}

// fitName cuts a name to so many letters: first its arguments go, then its end.
// The script does the same, but counts a wide letter as one.
func fitName(n *name, letters int) string {
	if letters < leastLetters {
		return ""
	}
	for _, s := range [...]string{n.name, n.short} {
		if names.Width(s) <= letters {
			return s
		}
	}
	return names.CutEnd(n.short, letters)
}

// scriptData is what the script needs beyond the drawing itself.
type scriptData struct {
	Names   [][3]any `json:"names"`   // name, short name ("" where it is the same), index of the module
	Modules []string `json:"modules"` // paths
	Unit    string   `json:"unit"`    // what the values count
	Omitted bool     `json:"omitted"` // some frames are not drawn
	Top     int      `json:"top"`     // y of the first row
	Row     int      `json:"row"`     // height of a row
	Pad     int      `json:"pad"`     // left and right of a name
	Letters int      `json:"letters"` // shortest name to draw
}

func (d *drawing) scriptData() scriptData {
	s := scriptData{
		Modules: d.modules, Names: make([][3]any, len(d.names)), Unit: d.unit(), Omitted: d.omitted > 0,
		Top: firstRow, Row: rowHeight, Pad: namePad, Letters: leastLetters,
	}
	for i, n := range d.names {
		short := n.short
		if short == n.name {
			short = ""
		}
		s.Names[i] = [3]any{n.name, short, n.module}
	}
	return s
}

// amount writes a value for people.
func (d *drawing) amount(v uint64) string {
	if d.metric.Unit() == view.UnitBytes {
		return human.UnitsOf(d.profile).Size(v)
	}
	return human.UnitsOf(d.profile).Blocks(v)
}

// unit is what the metric counts, in the profile's own words.
func (d *drawing) unit() string {
	u := human.UnitsOf(d.profile)
	if d.metric.Unit() == view.UnitBytes {
		return u.Many
	}
	return u.BlockName
}

// decimal writes a percentage with as many digits as a zoom to the narrowest
// frame needs.
func decimal(percent float64) string {
	s := strconv.FormatFloat(percent, 'f', 5, 64)
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}

// xmlText escapes s; what XML cannot hold becomes U+FFFD.
func xmlText(s string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(s))
	return b.String()
}
