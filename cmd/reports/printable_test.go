package reports

import (
	"bytes"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"

	pb "github.com/google/pprof/profile"

	"heapprof/cmd/opening"
	"heapprof/internal/profile"
	"heapprof/internal/report/flame"
	"heapprof/internal/report/folded"
	"heapprof/internal/report/names"
	"heapprof/internal/report/pprof"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/speedscope"
	"heapprof/internal/report/svg"
	"heapprof/internal/report/text"
	"heapprof/internal/report/view"
)

// poison appends to every text in v what would steer a terminal or forge a line.
func poison(v reflect.Value) {
	const evil = " \x1b]0;owned\a\x1b[2J\u009b31m\x7f\u2028\u2029\u202e\u0085\r\nheapprof: forged"
	switch v.Kind() {
	case reflect.String:
		v.SetString(v.String() + evil)
	case reflect.Pointer:
		if !v.IsNil() {
			poison(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				poison(v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			poison(v.Index(i))
		}
	}
}

func TestNoTextOfAProfileCanSteerTheTerminal(t *testing.T) {
	named := func(p *profile.Profile) *profile.Profile {
		units, mode := p.Units, p.Mode
		poison(reflect.ValueOf(p))
		p.Units, p.Mode = units, mode
		return p
	}
	unitsToo := reporttest.Sample()
	poison(reflect.ValueOf(unitsToo))
	mapped := reporttest.Mapped()
	poison(reflect.ValueOf(mapped))

	for name, p := range map[string]*profile.Profile{
		"names": named(reporttest.Sample()), "units and mode, too": unitsToo, "mappings": mapped, "frees": named(reporttest.WrongFrees()),
		"findings": named(reporttest.Found()),
	} {
		source := view.NewSource(p)
		written := map[string]func(*bytes.Buffer) error{
			"summary": func(b *bytes.Buffer) error { return Summary(b, view.NewSource(p), 5, 0, false) },
			"explain": func(b *bytes.Buffer) error {
				e := NewExplainer(source, &opening.SourceFlags{})
				if name == "findings" && len(e.Findings) == 0 {
					t.Error("nothing was found")
				}
				var items []text.Item
				for _, f := range e.Findings {
					items = append(items, e.Item(f, true))
				}
				return text.Items(b, text.Options{Width: 80, Items: append(items, e.First(MostFindings)...)})
			},
			"folded":     func(b *bytes.Buffer) error { return folded.Write(b, source, flame.Options{}) },
			"svg":        func(b *bytes.Buffer) error { return svg.Write(b, source, flame.Options{}) },
			"speedscope": func(b *bytes.Buffer) error { return speedscope.Write(b, source, flame.Options{}) },
			"list": func(b *bytes.Buffer) error {
				l, err := view.NewListing(source, regexp.MustCompile(""), view.Options{})
				if err == nil {
					err = text.Listing(b, l, text.ListingOptions{Code: func(f *view.Function) text.Code { return codeOf(f, (&opening.SourceFlags{}).Of(p)) }})
				}
				return err
			},
			"pprof": func(b *bytes.Buffer) error {
				file, err := pprof.New(source, pprof.Options{})
				if err == nil {
					err = file.Write(b)
				}
				if err == nil {
					prof, _ := pb.ParseData(b.Bytes())
					b.Reset()
					b.WriteString(prof.String())
				}
				return err
			},
		}
		for _, format := range viewFormatNames() {
			for by, name := range view.ByNames() {
				o := view.Options{By: view.By(by)}
				if o.By == view.ByDrop && (p.Recording == nil || p.Recording.Frees == nil) {
					continue
				}
				written["report "+format+" by "+name] = func(b *bytes.Buffer) error { return show(b, o, format, Layout{width: 80}, p) }
			}
			written["leaks "+format] = func(b *bytes.Buffer) error {
				return show(b, view.Options{Question: view.AskLeaks}, format, Layout{width: 80}, p)
			}
			if p.Recording != nil && p.Recording.Frees != nil {
				written["who frees "+format] = func(b *bytes.Buffer) error {
					return show(b, view.Options{WhoFrees: true}, format, Layout{width: 80}, p)
				}
			}
			o := view.Options{Tree: true, AllFrames: true}
			written["tree "+format] = func(b *bytes.Buffer) error { return show(b, o, format, Layout{}, p) }
			written["diff "+format] = func(b *bytes.Buffer) error { return show(b, view.Options{}, format, Layout{}, p, p) }
		}
		for what, write := range written {
			t.Run(fmt.Sprint(name, ", ", what), func(t *testing.T) {
				var out bytes.Buffer
				if err := write(&out); err != nil {
					t.Fatal(err)
				}
				for line := range strings.Lines(out.String()) {
					plain := strings.ReplaceAll(strings.TrimSuffix(line, "\n"), "\t", " ") // pprof indents with tabs
					if names.Printable(plain) != plain || strings.HasPrefix(plain, "heapprof:") {
						t.Errorf("%q", plain)
					}
				}
			})
		}
	}
}
