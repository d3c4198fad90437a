package svg

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"io"
	"path"
	"slices"

	"heapprof/internal/report/flame"
)

// hues are the colours of modules, in degrees, set far from each other at
// the beginning of the list because most programs have few modules that count.
var hues = [...]int{28, 205, 130, 340, 265, 55, 175, 300, 85, 230}

// What is no function has one colour of its own, or nearly so: paler than any function's, or grey.
var (
	rootFill   = hsl(0, 0, 82)
	runFill    = hsl(220, 10, 92)
	typeFill   = hsl(50, 100, 86)
	markerFill = hsl(0, 0, 70)
	restFill   = hsl(220, 10, 87)
)

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

	var anyPlumbing, anyRun, anyType, anyMarker, anyRest bool
	d.fills = make([]string, len(d.names))
	for i := range d.names {
		n := &d.names[i]
		h := fnv.New32a()
		io.WriteString(h, n.name)
		shade, turn := int(h.Sum32()%16), int(h.Sum32()/16%21)-10
		switch {
		case i == 0:
			d.fills[i] = rootFill
		case n.rest:
			d.fills[i] = restFill
			anyRest = true
		case n.label.Kind == flame.Marker:
			d.fills[i] = markerFill
			anyMarker = true
		case n.label.Kind == flame.Run:
			d.fills[i] = runFill
			anyRun = true
		case n.label.Kind == flame.Type:
			d.fills[i] = hsl(50, 100, 82+shade/2) // side by side they are told apart
			anyType = true
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
	plumbingWords := "allocation plumbing"
	if d.profile.Measure().IsOfCalls() {
		plumbingWords = "plumbing"
	}
	// First, because the row may have no room for every module.
	var first []legendEntry
	for _, e := range []struct {
		any bool
		legendEntry
	}{
		{anyType, legendEntry{"type of the blocks", typeFill}},
		{anyRun, legendEntry{"frames left out", runFill}},
		{anyPlumbing, legendEntry{plumbingWords, hsl(220, 8, 78)}},
		{anyMarker, legendEntry{"callers not known", markerFill}},
		{anyRest, legendEntry{"smaller frames", restFill}},
	} {
		if e.any {
			first = append(first, e.legendEntry)
		}
	}
	d.legend = slices.Insert(d.legend, 0, first...)
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
