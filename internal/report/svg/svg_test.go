package svg

import (
	"encoding/json"
	"encoding/xml"
	"math"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"heapprof/internal/profile"
	"heapprof/internal/report/flame"
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
			X    string `xml:"x,attr"`
			Y    int    `xml:"y,attr"`
			Text string `xml:",chardata"`
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
	written := map[[2]string]string{}
	for _, n := range d.Groups[1].Text {
		written[[2]string{n.X, strconv.Itoa(n.Y - 13)}] = n.Text
	}
	percent := func(s string) float64 {
		v, err := strconv.ParseFloat(strings.TrimSuffix(s, "%"), 64)
		if err != nil || !strings.HasSuffix(s, "%") {
			t.Fatalf("%q is not a percentage", s)
		}
		return v
	}
	for _, r := range d.Groups[0].Rect {
		f := drawn{
			name: table.Names[r.Name][0].(string), depth: (r.Y - firstRow) / rowHeight,
			x: percent(r.X), w: percent(r.Width), value: r.Value, fill: r.Fill,
			written: written[[2]string{r.X, strconv.Itoa(r.Y)}],
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
		if width := float64(utf8.RuneCountInString(f.written)) * letterWidth; f.written != "" && width > f.w/100*pageWidth {
			t.Errorf("%q is %.0f px, its frame %.0f", f.written, width, f.w/100*pageWidth)
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

// plumbedProfile is reporttest.Drawn with plumbing that is drawn.
func plumbedProfile() *profile.Profile {
	p := reporttest.Drawn()
	p.Frames[8] = testkit.Frames("0x9000: rawmemcpy (in /usr/lib/libc.so.6)")[0]
	return p
}

func TestSVGColoursTellModulesAndPlumbing(t *testing.T) {
	_, d, frames := writeSVG(t, plumbedProfile(), flame.Options{})
	legend := strings.Join(d.Text[2:], ", ")
	if legend != "allocation plumbing, prog, libz.so.1" {
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
		if grey := f.name == "rawmemcpy" || f.name == "all"; grey != (spread < 20) {
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

func TestSVGSaysWhatIsTooNarrowToDraw(t *testing.T) {
	p := reporttest.Drawn()
	p.Points = []profile.Point{
		{PeakBytes: 999_900, Frames: []uint32{1}},
		{PeakBytes: 60, Frames: []uint32{2, 1}}, // below 1/12,000
		{PeakBytes: 40, Frames: []uint32{5, 1}},
	}
	_, d, frames := writeSVG(t, p, flame.Options{})
	if len(frames) != 2 {
		t.Errorf("%d frames are drawn, want all and main", len(frames))
	}
	if want := "977 KiB; frames narrower than 0.008% are not drawn: 100 B end in such, <0.1%"; d.Text[1] != want {
		t.Errorf("note %q, want %q", d.Text[1], want)
	}
	if frames[1].value != 1_000_000 {
		t.Errorf("main has %d, want what is not drawn too", frames[1].value)
	}
}

// inBrowser returns what a profile's picture does in a browser, on a small stand-in for
// its document: see testdata/svgdom.js.
func inBrowser(t *testing.T, p *profile.Profile) string {
	t.Helper()
	node := testkit.Tool(t, "node")
	text, _, _ := writeSVG(t, p, flame.Options{})
	cmd := exec.Command(node, filepath.Join("testdata", "svgdom.js"))
	cmd.Stdin = strings.NewReader(text)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return "\n" + string(out)
}

func TestSVGMarksEstimatesUnderThePointerToo(t *testing.T) {
	p := plumbedProfile()
	p.Sampling.MeanBytes = 512
	for i := range p.Points {
		p.Points[i].Samples = &profile.Samples{Peak: profile.Sampled{Blocks: 1, BytesVariance: 10_000}}
	}
	for _, want := range []string{
		"\nover main: main: ~1,000 bytes ±45%, ~97.2%\naway: ~1.00 KiB ±51%\n",
		"\nsearch \"^parse$\": matches ~960 bytes ±42%, ~93.3%;",
	} {
		if got := inBrowser(t, p); !strings.Contains(got, want) {
			t.Errorf("got:%s\nwant:%s", got, want)
		}
	}
}

func TestSVGZoomsAndSearches(t *testing.T) {
	want := `
at first: 1.00 KiB
width 100%, view box null
over main: main: 1,000 bytes, 97.2%
away: 1.00 KiB
click parse: parse: 960 bytes, 93.3%; Esc shows all again
  all 0% 100% outer
  main 0% 100% outer
  parse 0% 100%
  grow 0% 52.1%
  copy 0% 52.1%
  rawmemcpy 0% 52.1%
  parse 52.1% 6.2%
  parse 52.1% 6.2%
  rawmemcpy 52.1% 6.2%
over grow: grow: 500 bytes, 48.6%, 52.1% of parse
title of grow: grow | /opt/prog | 500 bytes, 48.6%, 52.1% of parse
escape: 12 shown, 1.00 KiB
search "^parse$": matches 960 bytes, 93.3%; hit parse parse parse
search "LIBC|grow": matches 560 bytes, 54.4%; hit grow rawmemcpy rawmemcpy
search "(": not an expression
reset: "", hit
`
	if got := inBrowser(t, plumbedProfile()); got != want {
		t.Errorf("got:%s\nwant:%s", got, want)
	}
}
