package svg

import (
	"bufio"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"

	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
)

// write writes the drawing as it was laid out and painted.
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
	title := human.UnitsOf(d.profile).Metric(d.metric.String())
	if part := human.Part(d.profile); part != "" {
		title += " " + part
	}
	if d.profile.Command != "" {
		title += " of " + names.Printable(d.profile.Command)
	}
	return names.CutEnd(title, titleLetters)
}

// note is the line below the title. The script shows it while the pointer is
// on no frame.
func (d *drawing) note() string {
	if d.total == 0 {
		return "The profile has no " + human.UnitsOf(d.profile).Metric(d.metric.String()) + "."
	}
	s := d.amount(d.total)
	if margin := d.margin(&d.boxes[0]); margin > 0 {
		s += " " + human.Margin(margin, float64(d.total))
	}
	if d.rest > 0 {
		s += fmt.Sprintf("; %s of it, %s, is in small frames, of which only sums are drawn",
			human.UnitsOf(d.profile).Percent(d.rest, d.total), d.amount(d.rest))
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
	fmt.Fprintf(bw, `<rect x="%s%%" y="%d" width="%s%%" height="%d" fill="%s" data-n="%d" data-v="%d"`,
		decimal(left), firstRow+b.depth*rowHeight, decimal(width), frameHeight, d.fills[b.name], b.name, b.total)
	if margin := d.margin(b); margin > 0 {
		fmt.Fprintf(bw, ` data-e="%.1f"`, margin)
	}
	bw.WriteString("/>\n")
}

// margin returns how far the total of a box may be off, in the metric's unit; 0 where it is
// exact or that is not known.
func (d *drawing) margin(b *box) float64 { return d.metric.MarginOf(b.sampled) }

func (d *drawing) writeName(bw *bufio.Writer, b *box) {
	left, width := d.span(b)
	letters := int((width/100*pageWidth - 2*namePad) / letterWidth)
	text, amount := fitName(&d.names[b.name], d.amount(b.total), letters)
	if text == "" {
		return
	}
	fmt.Fprintf(bw, `<text x="%s%%" dx="%d" y="%d">%s`, decimal(left), namePad, firstRow+b.depth*rowHeight+13, xmlText(text))
	if amount != "" {
		fmt.Fprintf(bw, `<tspan dx="%.1f" fill-opacity="%g">%s</tspan>`, amountGap*letterWidth, amountOpacity, xmlText(amount))
	}
	bw.WriteString("</text>\n")
}

// fitName returns what of a frame's name and its amount fits into so many letters: the
// amount, in front of which the arguments of the name give way; else the name alone, as
// much as there is room for. The script does the same, but counts a wide letter as one.
func fitName(n *name, amount string, letters int) (name, shown string) {
	if letters < leastLetters {
		return "", ""
	}
	for _, a := range [...]string{amount, ""} {
		for _, s := range [...]string{n.name, n.short} {
			if names.Width(s)+amountGap+names.Width(a) <= letters || a == "" && names.Width(s) <= letters {
				return s, a
			}
		}
	}
	return names.CutEnd(n.short, letters), ""
}

// scriptData is what the script needs beyond the drawing itself.
type scriptData struct {
	Names   [][3]any `json:"names"`   // name, short name ("" where it is the same), index of the module
	Modules []string `json:"modules"` // paths
	Unit    string   `json:"unit"`    // what the values count
	Mark    string   `json:"mark"`    // stands before them where they are estimates
	Rests   []int    `json:"rests"`   // which of the names stand for frames that are not drawn
	Top     int      `json:"top"`     // y of the first row
	Row     int      `json:"row"`     // height of a row
	Pad     int      `json:"pad"`     // left and right of a name
	Letters int      `json:"letters"` // shortest name to draw
	Gap     int      `json:"gap"`     // letters between a name and the amount
	Opacity float64  `json:"opacity"` // of the amount
}

func (d *drawing) scriptData() scriptData {
	s := scriptData{
		Modules: d.modules, Names: make([][3]any, len(d.names)), Unit: d.unit(), Mark: human.UnitsOf(d.profile).Mark(),
		Top: firstRow, Row: rowHeight, Pad: namePad, Letters: leastLetters, Gap: amountGap, Opacity: amountOpacity,
	}
	for i, n := range d.names {
		short := n.short
		if short == n.name {
			short = ""
		}
		s.Names[i] = [3]any{n.name, short, n.module}
		if n.rest {
			s.Rests = append(s.Rests, i)
		}
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
