package svg

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"heapprof/internal/profile"
	"heapprof/internal/report/flame"
	"heapprof/internal/report/human"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
	"heapprof/internal/testkit"
)

// picture is an SVG as a viewer reads it.
type picture struct {
	Text   []string `xml:"text"`
	Groups []struct {
		Class string `xml:"class,attr"`
		Rect  []struct {
			X     string `xml:"x,attr"`
			Y     int    `xml:"y,attr"`
			Width string `xml:"width,attr"`
			Name  int    `xml:"data-n,attr"`
			Value uint64 `xml:"data-v,attr"`
			Fill  string `xml:"fill,attr"`
		} `xml:"rect"`
		Text []struct {
			X      string `xml:"x,attr"`
			Y      int    `xml:"y,attr"`
			Text   string `xml:",chardata"`
			Amount string `xml:"tspan"`
		} `xml:"text"`
	} `xml:"g"`
	Script string `xml:"script"`
}

// drawn is one frame of a drawing.
type drawn struct {
	name    string
	module  string
	depth   int
	x, w    float64 // percent
	value   uint64
	fill    string
	written string // what stands on it
	amount  string // and behind that
}

func writeSVG(t *testing.T, p *profile.Profile, o flame.Options) (text string, d picture, frames []drawn) {
	t.Helper()
	var out strings.Builder
	if err := Write(&out, view.NewSource(p), o); err != nil {
		t.Fatal(err)
	}
	text = out.String()
	if err := xml.Unmarshal([]byte(text), &d); err != nil {
		t.Fatalf("not well-formed: %v", err)
	}
	_, data, ok := strings.Cut(d.Script, "\n})(")
	if !ok {
		t.Fatal("the script has no data")
	}
	var table struct {
		Names   [][3]any
		Modules []string
	}
	if err := json.Unmarshal([]byte(strings.TrimSuffix(strings.TrimSpace(data), ");")), &table); err != nil {
		t.Fatal(err)
	}
	written := map[[2]string][2]string{}
	for _, n := range d.Groups[1].Text {
		written[[2]string{n.X, strconv.Itoa(n.Y - 13)}] = [2]string{n.Text, n.Amount}
	}
	percent := func(s string) float64 {
		v, err := strconv.ParseFloat(strings.TrimSuffix(s, "%"), 64)
		if err != nil || !strings.HasSuffix(s, "%") {
			t.Fatalf("%q is not a percentage", s)
		}
		return v
	}
	for _, r := range d.Groups[0].Rect {
		on := written[[2]string{r.X, strconv.Itoa(r.Y)}]
		f := drawn{
			name: table.Names[r.Name][0].(string), depth: (r.Y - firstRow) / rowHeight,
			x: percent(r.X), w: percent(r.Width), value: r.Value, fill: r.Fill,
			written: on[0], amount: on[1],
		}
		if m := int(table.Names[r.Name][2].(float64)); m >= 0 {
			f.module = table.Modules[m]
		}
		frames = append(frames, f)
	}
	return text, d, frames
}

func TestSVGFramesLieInTheirCallersLargestFirst(t *testing.T) {
	_, _, frames := writeSVG(t, reporttest.Drawn(), flame.Options{})
	var got []string
	var path []drawn
	for _, f := range frames {
		path = append(path[:f.depth], f)
		names := make([]string, len(path))
		for i := range path {
			names[i] = path[i].name
		}
		got = append(got, strings.Join(names, ";")+" "+strconv.FormatUint(f.value, 10))
		if f.depth > 0 {
			if c := path[f.depth-1]; f.x < c.x-1e-4 || f.x+f.w > c.x+c.w+1e-4 {
				t.Errorf("%s at %g+%g is outside of %s at %g+%g", f.name, f.x, f.w, c.name, c.x, c.w)
			}
		}
		if want := float64(f.value) / 1029 * 100; math.Abs(f.w-want) > 1e-4 {
			t.Errorf("%s is %g%% wide, want %g%%", f.name, f.w, want)
		}
	}
	want := []string{
		"all 1029",
		"all;main 1000",
		"all;main;parse 960",
		"all;main;parse;grow 500",
		"all;main;parse;grow;copy 500", // malloc is not drawn
		"all;main;parse;parse 60",
		"all;main;parse;parse;parse 60",
		"all;main;libz.so.1+0x20 40",
		"all;<a;b as \"c\">::d·]]></script>&  20",
		"all;[no stack] 9",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestFunctionsOfOneNameInTwoFilesAreDrawnApart(t *testing.T) {
	_, _, frames := writeSVG(t, reporttest.Namesakes(), flame.Options{})
	drawn := map[string]uint64{}
	for _, f := range frames {
		drawn[f.name] = f.value
	}
	for name, value := range map[string]uint64{"make_buffer [a.c]": 1, "make_buffer [b.c]": 6, "init [y/mod.c]": 32} {
		if drawn[name] != value {
			t.Errorf("%s is %d, want %d", name, drawn[name], value)
		}
	}
}

func TestSVGStandsAlone(t *testing.T) {
	text, _, _ := writeSVG(t, reporttest.Drawn(), flame.Options{})
	for _, url := range regexp.MustCompile(`[a-z]+://[^"' <)]*|href|@import|url\(`).FindAllString(text, -1) {
		// Names of XML vocabularies are no places to load from.
		if url != "http://www.w3.org/2000/svg" && url != "http://www.w3.org/1999/xhtml" {
			t.Errorf("refers to %s", url)
		}
	}
}

func TestSVGTitleAndTotalAreReadable(t *testing.T) {
	_, d, _ := writeSVG(t, reporttest.Drawn(), flame.Options{})
	if d.Text[0] != "peak-bytes of ./prog a<b" || d.Text[1] != "1.00 KiB" {
		t.Errorf("title %q, note %q", d.Text[0], d.Text[1])
	}
}

func TestSVGTitleLeavesRoomForTheControls(t *testing.T) {
	p := reporttest.Drawn()
	p.Command = "./prög " + strings.Repeat("ü", 5000)
	_, d, _ := writeSVG(t, p, flame.Options{})
	if n := utf8.RuneCountInString(d.Text[0]); n != titleLetters || !strings.HasSuffix(d.Text[0], "ü…") {
		t.Errorf("the title has %d letters: %q", n, d.Text[0])
	}
}

func TestSVGNamesFitTheirFrames(t *testing.T) {
	p := reporttest.Drawn()
	p.Frames[4] = testkit.Frames("0x1310: void ns::Buffer<std::string, std::allocator<std::string> >::copy(" + strings.Repeat("int, ", 40) + "int) (copy.h:5)")[0]
	p.Frames[5] = testkit.Frames("0x1310: " + strings.Repeat("näme", 100) + " (parse.c:30)")[0]
	_, _, frames := writeSVG(t, p, flame.Options{})
	shown := map[string]bool{}
	for _, f := range frames {
		letters := utf8.RuneCountInString(f.written)
		if f.amount != "" {
			letters += amountGap + utf8.RuneCountInString(f.amount)
		}
		if width := float64(letters) * letterWidth; f.written != "" && width > f.w/100*pageWidth {
			t.Errorf("%q and %q are %.0f px, the frame %.0f", f.written, f.amount, width, f.w/100*pageWidth)
		}
		shown[f.written] = true
	}
	if !shown["ns::Buffer::copy"] {
		t.Errorf("arguments are not what a long name loses first: %v", shown)
	}
	if !shown["main"] {
		t.Errorf("a name that fits is not shown: %v", shown)
	}
}

func TestSVGColoursTellModulesAndPlumbing(t *testing.T) {
	p := reporttest.Drawn()
	p.Frames[8] = testkit.Frames("0x9000: rawmemcpy (in /usr/lib/libc.so.6)")[0]
	_, d, frames := writeSVG(t, p, flame.Options{AllFrames: true})
	legend := strings.Join(d.Text[2:], ", ")
	if legend != "allocation plumbing, callers not known, prog, libz.so.1" {
		t.Errorf("legend %q", legend)
	}
	for _, f := range frames {
		var r, g, b int
		for i, c := range []*int{&r, &g, &b} {
			v, err := strconv.ParseUint(f.fill[1+2*i:3+2*i], 16, 8)
			if err != nil {
				t.Fatalf("%s has colour %q", f.name, f.fill)
			}
			*c = int(v)
		}
		spread := max(r, g, b) - min(r, g, b)
		if grey := f.name == "rawmemcpy" || f.name == "all" || f.name == "[no stack]"; grey != (spread < 20) {
			t.Errorf("%s is %s", f.name, f.fill)
		}
		if f.module == "/opt/prog" && r <= b {
			t.Errorf("%s of the program is %s, no warm colour", f.name, f.fill)
		}
		if f.module == "/usr/lib/libz.so.1" && b <= r {
			t.Errorf("%s of the second module is %s, no cold colour", f.name, f.fill)
		}
	}
}

func TestSVGMarkersHaveOneColourThatNoFunctionHas(t *testing.T) {
	p := reporttest.Drawn()
	for _, marker := range []string{"[truncated]", "[no unwind information]", "[unknown]"} {
		p.Points = append(p.Points, profile.Point{PeakBytes: 50, TotalBytes: 50, Stack: profile.StackOf(1, uint32(len(p.Frames)))})
		p.Frames = append(p.Frames, profile.Marker(marker))
	}
	_, _, frames := writeSVG(t, p, flame.Options{})
	fills := map[string]bool{}
	for _, f := range frames {
		if strings.HasPrefix(f.name, "[") {
			fills[f.fill] = true
		}
	}
	if len(fills) != 1 {
		t.Errorf("markers have the colours %v", fills)
	}
	for _, f := range frames {
		if !strings.HasPrefix(f.name, "[") && fills[f.fill] {
			t.Errorf("%s has the colour of markers", f.name)
		}
	}
}

func TestSVGHasAmountsOnFramesThatAreWideEnough(t *testing.T) {
	_, _, frames := writeSVG(t, reporttest.Drawn(), flame.Options{})
	got := map[string]string{}
	for _, f := range frames {
		got[f.written] = f.amount
	}
	for name, amount := range map[string]string{"all": "1.00 KiB", "main": "1000 B", "grow": "500 B", "copy": "500 B", "libz…": ""} {
		if on, ok := got[name]; !ok || on != amount {
			t.Errorf("%s has the amount %q, want %q", name, on, amount)
		}
	}
}

func TestSVGFoldsPlumbing(t *testing.T) {
	_, _, frames := writeSVG(t, plumbed(), flame.Options{})
	var got []string
	for _, f := range frames {
		got = append(got, f.name)
	}
	if want := []string{"all", "main", "duplicate", "create"}; !slices.Equal(got, want) {
		t.Errorf("drawn are %v, want %v", got, want)
	}
}

// What is allocated by malloc and what is by operator new looks the same, with all frames, too.
func TestSVGTreatsMallocAndOperatorNewAlike(t *testing.T) {
	_, _, frames := writeSVG(t, plumbed(), flame.Options{AllFrames: true})
	var got []string
	for _, f := range frames {
		got = append(got, f.name)
	}
	if want := []string{"all", "_start", "main", "duplicate", "xmalloc", "create"}; !slices.Equal(got, want) {
		t.Errorf("drawn are %v, want %v", got, want)
	}
}

// plumbed is a profile of two functions that allocate, one by malloc and one by operator new.
func plumbed() *profile.Profile {
	return &profile.Profile{
		Columns: profile.Peak,
		Frames: testkit.Frames("[root]",
			"0x10: malloc (in /lib/vgpreload.so)", "0x11: operator new(unsigned long) (in /lib/vgpreload.so)", "0x12: xmalloc (x.c:1)",
			"0x20: duplicate (a.c:2)", "0x21: create (b.cc:3)", "0x30: main (main.c:4)", "0x40: _start (in /opt/app)"),
		Points: []profile.Point{
			{PeakBytes: 60, PeakBlocks: 1, TotalBytes: 60, TotalBlocks: 1, Stack: profile.StackOf(1, 3, 4, 6, 7)},
			{PeakBytes: 40, PeakBlocks: 1, TotalBytes: 40, TotalBlocks: 1, Stack: profile.StackOf(2, 5, 6, 7)},
		},
	}
}

// wide returns a profile whose main calls so many functions, of which the last few allocate most, and each
// of which calls one more.
func wide(functions int) *profile.Profile {
	p := &profile.Profile{Columns: profile.Peak, Frames: testkit.Frames("[root]", "0x1: main (m.c:1)", "0x2: leaf (m.c:2)")}
	for i := range functions {
		p.Frames = append(p.Frames, testkit.Frames(fmt.Sprintf("0x%x: f%d (m.c:%d)", 0x10+i, i, 3+i))[0])
		size := uint64(10 + i)
		p.Points = append(p.Points, profile.Point{PeakBytes: size, PeakBlocks: 1, TotalBytes: size, TotalBlocks: 1, Stack: profile.StackOf(2, uint32(3+i), 1)})
	}
	return p
}

func TestSVGDrawsTheLargestFramesAndARestThatKeepsTheSums(t *testing.T) {
	p := wide(4000)
	_, d, frames := writeSVG(t, p, flame.Options{})
	if n := len(frames); n > maxBoxes || n < maxBoxes-2 {
		t.Errorf("%d frames are drawn, want %d", n, maxBoxes)
	}
	var total, below uint64
	for i := range p.Points {
		total += p.Points[i].PeakBytes
	}
	least, rest := uint64(math.MaxUint64), uint64(0)
	for _, f := range frames[2:] {
		switch {
		case f.depth == 2 && strings.HasPrefix(f.name, "f"):
			below += f.value
			least = min(least, f.value)
		case f.depth == 2:
			below += f.value
			rest = f.value
			if drawn := strings.Count(fmt.Sprint(frames), "{f"); f.name != fmt.Sprintf("… %s more callees", human.Count(uint64(4000-drawn))) {
				t.Errorf("the rest is %q, %d of 4,000 are drawn", f.name, drawn)
			}
		}
	}
	if frames[0].value != total || frames[1].value != total || below != total {
		t.Errorf("all %d, main %d, its callees %d, want %d each", frames[0].value, frames[1].value, below, total)
	}
	// What is not drawn is smaller than all that is: 10, 11, … up to the least.
	if want := (least + 9) * (least - 10) / 2; rest != want {
		t.Errorf("the rest is %d, want %d: that of the functions smaller than %d", rest, want, least)
	}
	if !strings.HasSuffix(d.Text[1], "is in small frames, of which only sums are drawn") {
		t.Errorf("note %q", d.Text[1])
	}
}

func TestSVGDrawsAllFramesWhereTheyAreFew(t *testing.T) {
	p := reporttest.Drawn()
	p.Points = []profile.Point{{PeakBytes: 1 << 40, Stack: profile.StackOf(1)}, {PeakBytes: 1, Stack: profile.StackOf(2, 1)}}
	_, d, frames := writeSVG(t, p, flame.Options{})
	if len(frames) != 3 || strings.Contains(d.Text[1], "drawn") {
		t.Errorf("%d frames are drawn, note %q", len(frames), d.Text[1])
	}
}
