package report

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"

	pprof "github.com/google/pprof/profile"

	"heapprof/internal/profile"
	"heapprof/internal/report/names"
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
	named := func() *profile.Profile {
		p := sample()
		units, mode := p.Units, p.Mode
		poison(reflect.ValueOf(p))
		p.Units, p.Mode = units, mode
		return p
	}
	unitsToo := sample()
	poison(reflect.ValueOf(unitsToo))
	mapped := mappedSample()
	poison(reflect.ValueOf(mapped))

	for name, p := range map[string]*profile.Profile{"names": named(), "units and mode, too": unitsToo, "mappings": mapped} {
		written := map[string]func(*bytes.Buffer) error{
			"summary":    func(b *bytes.Buffer) error { return Summary(b, p, SummaryOptions{Top: 5}) },
			"folded":     func(b *bytes.Buffer) error { return WriteFolded(b, p, FlameOptions{}) },
			"svg":        func(b *bytes.Buffer) error { return WriteSVG(b, p, FlameOptions{}) },
			"speedscope": func(b *bytes.Buffer) error { return WriteSpeedscope(b, p, FlameOptions{}) },
			"pprof": func(b *bytes.Buffer) error {
				file, err := PProf(p)
				if err == nil {
					err = file.write(b)
				}
				if err == nil {
					prof, _ := pprof.ParseUncompressed(b.Bytes())
					b.Reset()
					b.WriteString(prof.String())
				}
				return err
			},
		}
		for f := range formatNames {
			for by := range byNames {
				o := Options{Format: Format(f), By: By(by), Width: 80}
				written["report "+formatNames[f]+" by "+byNames[by]] = func(b *bytes.Buffer) error { return Report(b, p, o) }
			}
			o := Options{Format: Format(f), Tree: true, AllFrames: true}
			written["tree "+formatNames[f]] = func(b *bytes.Buffer) error { return Report(b, p, o) }
			written["diff "+formatNames[f]] = func(b *bytes.Buffer) error { return Diff(b, p, p, Options{Format: Format(f)}) }
		}
		for what, write := range written {
			t.Run(fmt.Sprint(name, ", ", what), func(t *testing.T) {
				var out bytes.Buffer
				if err := write(&out); err != nil {
					t.Fatal(err)
				}
				for line := range strings.Lines(out.String()) {
					text := strings.ReplaceAll(strings.TrimSuffix(line, "\n"), "\t", " ") // pprof indents with tabs
					if names.Printable(text) != text || strings.HasPrefix(text, "heapprof:") {
						t.Errorf("%q", text)
					}
				}
			})
		}
	}
}
