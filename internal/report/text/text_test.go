package text

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/names"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
)

func report(t *testing.T, p *profile.Profile, o view.Options) *view.Report {
	t.Helper()
	r, err := view.NewReport(view.NewSource(p), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func diff(t *testing.T, before, after *profile.Profile, o view.Options) *view.Diff {
	t.Helper()
	d, err := view.NewDiff(view.NewSource(before), view.NewSource(after), o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestNoLineIsWiderThanTheTerminal(t *testing.T) {
	wide := reporttest.Sample()
	wide.Frames[3].Function, wide.Frames[3].File = strings.Repeat("解析", 60), "/src/読込.cc"
	remark := func(*view.Row) Remark {
		return Remark{Text: "arena: 12 chunks, 496 B to 7.98 KiB, doubling", Short: "arena"}
	}
	for width := 60; width <= 200; width += 7 {
		for _, o := range []view.Options{{}, {By: view.ByStack}, {By: view.ByFile}, {By: view.ByType}} {
			written := map[string]func(io.Writer) error{}
			for name, p := range map[string]*profile.Profile{"sample": reporttest.Sample(), "typed": reporttest.Typed(), "wide characters": wide, "dhat-rs": reporttest.Foreign(t, "dhat-rs-heap.json")} {
				written[name] = func(w io.Writer) error { return Report(w, report(t, p, o), Options{Width: width}) }
				written[name+" with remarks"] = func(w io.Writer) error { return Report(w, report(t, p, o), Options{Width: width, Remark: remark}) }
			}
			written["diff"] = func(w io.Writer) error {
				return Diff(w, diff(t, reporttest.Sample(), reporttest.Rebuilt(), o), Options{Width: width})
			}
			for name, write := range written {
				var out bytes.Buffer
				if err := write(&out); err != nil {
					t.Fatal(err)
				}
				for line := range strings.Lines(out.String()) {
					if n := names.Width(strings.TrimSuffix(line, "\n")); n > width {
						t.Errorf("%s, width %d: %d columns: %s", name, width, n, line)
					}
				}
			}
		}
	}
}

func TestColumnsAlignWhateverTheCharacters(t *testing.T) {
	g := &grid{names: 1, header: []string{"bytes", "site"}, rows: [][]string{{"\x1b[1m1\x1b[0m", "解析"}, {"größe", "x"}, {"解", "y"}}}
	var out strings.Builder
	if err := g.write(&out); err != nil {
		t.Fatal(err)
	}
	if want := "bytes  site\n    \x1b[1m1\x1b[0m  解析\ngröße  x\n   解  y\n"; out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}

func TestWithoutATerminalThereIsNoColour(t *testing.T) {
	var out bytes.Buffer
	d := diff(t, reporttest.Sample(), reporttest.Rebuilt(), view.Options{})
	if err := Diff(&out, d, Options{Width: 80, Head: []Fact{{Label: "note", Text: "x", Warning: true}}}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "\x1b") {
		t.Error("there is an escape sequence")
	}
}

func TestNewAndGoneSitesAreMarked(t *testing.T) {
	var out bytes.Buffer
	before, after := reporttest.Sample(), reporttest.Sample()
	before.Frames[3].Function, after.Frames[3].Function = "old", "young"
	if err := Diff(&out, diff(t, before, after, view.Options{}), Options{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"new", "gone"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing:\n%s", want, out.String())
		}
	}
}

func TestATypeIsNotCutForWhereItCameFrom(t *testing.T) {
	p := reporttest.Typed()
	for i := range p.Frames {
		f := &p.Frames[i]
		f.Instance = strings.ReplaceAll(f.Instance, "app::Event", "(app::SessionOfACustomer, app::ReasonToClose)")
		f.Function = strings.ReplaceAll(f.Function, "app::parse", "app::input::read::parse_all_of_the_events")
	}
	for width, want := range map[int]string{
		80:  "Vec<(SessionOfACustomer, ReasonToClose)>\n", // no room for a name that tells anything
		100: "Vec<(SessionOfACustomer, ReasonToClose)>  from app::in…f_the_events\n",
		170: "Vec<(SessionOfACustomer, ReasonToClose)>  from app::input::read::parse_all_of_the_events\n",
	} {
		var out bytes.Buffer
		if err := Report(&out, report(t, p, view.Options{By: view.ByType}), Options{Width: width}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), want) {
			t.Errorf("width %d has no %q:\n%s", width, want, out.String())
		}
	}
}
