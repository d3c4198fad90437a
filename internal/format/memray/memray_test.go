package memray_test

import (
	"bytes"
	"errors"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"heapprof/internal/dhat"
	"heapprof/internal/format"
	"heapprof/internal/format/memray"
	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

const (
	heading = "allocator,num_allocations,size,tid,thread_name,stack_trace\r\n"
	rows    = "MALLOC,2,300,1,0x1,load;s.py;3|main;s.py;9\r\n" +
		"MMAP,1,4096,1,0x1,\r\n" +
		"REALLOC,1,50,2,0x2,load;s.py;3|main;s.py;9\r\n" +
		"\"MALLOC\",1,8,1,\"a,b\",\"operator|(A, B);a.cc;7|f;???;0|???;lib|x;y;0\"\r\n"
)

func TestStacksAndSumsAreRead(t *testing.T) {
	p, err := memray.Read(strings.NewReader(heading + rows))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]profile.Point{
		"load s.py:3 < main s.py:9": {PeakBytes: 350, PeakBlocks: 3},
		"":                          {PeakBytes: 4096, PeakBlocks: 1},
		"operator|(A, B) a.cc:7 < f :0 < ???;lib|x y:0": {PeakBytes: 8, PeakBlocks: 1},
	}
	if len(p.Points) != len(want) || p.Columns != profile.Peak|profile.NoTotals || p.Maker != "memray" {
		t.Errorf("%s: %d points, columns %b", p.Maker, len(p.Points), p.Columns)
	}
	for i := range p.Points {
		pt := p.Points[i]
		var stack []string
		for _, f := range pt.Stack.All() {
			stack = append(stack, p.Frames[f].Function+" "+p.Frames[f].File+":"+strconv.Itoa(p.Frames[f].Line))
		}
		pt.Stack = profile.Stack{}
		if name := strings.Join(stack, " < "); !reflect.DeepEqual(pt, want[name]) {
			t.Errorf("%q: %+v, want %+v", name, pt, want[name])
		}
	}
}

func TestFunctionsOfPythonAreToldFromNativeOnes(t *testing.T) {
	p, err := memray.Read(strings.NewReader(heading + "MALLOC,1,8,1,1,new_dict;Objects/dictobject.c;7|load;s.py;3|run_path;<frozen runpy>;1|start;???;0\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range p.Frames {
		if want := f.Function == "load" || f.Function == "run_path"; (f.Language == profile.Python) != want {
			t.Errorf("%s: %v", f.Function, f.Language)
		}
	}
}

func TestWhatIsDamagedIsToldByItsLine(t *testing.T) {
	for text, want := range map[string]string{
		"":                                  "is empty",
		"allocator,size\r\n":                "line 1 is none of such a table",
		heading + "MALLOC,x,1,1,1,\r\n":     "line 2 has no number of allocations and size",
		heading + "MALLOC,1,1,1,1,main\r\n": "line 2 has a stack that is not",
		heading + "MALLOC,1,1\r\n":          "line 2 is none of such a table",
		heading + "M,1,1,1,1,a;b;1|c\r\n":   "line 2 has a stack that is not",
		heading + "M,1,18446744073709551615,1,1,\r\nM,1,1,1,1,\r\n": "line 3 makes the sum",
	} {
		_, err := memray.Read(strings.NewReader(text))
		var format *profile.FormatError
		if !errors.As(err, &format) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q gives %v, want %q", text, err, want)
		}
	}
}

func TestASampleHasThePeakThatMemrayPrints(t *testing.T) {
	p, err := format.ReadFile(filepath.Join(testkit.Root(t), "testdata/profiles/memray.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if sum := p.Totals(); sum.PeakBytes != 3659129 || sum.PeakBlocks != 2002 {
		t.Errorf("got %d bytes in %d blocks", sum.PeakBytes, sum.PeakBlocks)
	}
}

// graph is what memray writes for gprof2dot, made shorter.
const graph = `{"version": 0, "costs": [{"description": "Memory", "unit": "bytes"}], "events": [{"callchain": [1, 0], "cost": [1372]}, {"callchain": [0], "cost": [2]}, {"callchain": [1, 0], "cost": [8]}],
 "functions": [{"name": "main", "module": "/src/rows.py"}, {"name": "grow", "module": "???"}]}`

func TestAGraphForGprof2dotHasBytesByStackAndNoBlocks(t *testing.T) {
	p, err := format.Read(strings.NewReader(graph))
	if err != nil {
		t.Fatal(err)
	}
	if p.Maker != "memray" || p.Columns != profile.Peak|profile.NoTotals|profile.NoBlocks || len(p.Points) != 2 {
		t.Errorf("%s, columns %b, %d points", p.Maker, p.Columns, len(p.Points))
	}
	if sum := p.Totals(); sum.PeakBytes != 1382 || sum.PeakBlocks != 0 {
		t.Errorf("the sum is %d bytes in %d blocks", sum.PeakBytes, sum.PeakBlocks)
	}
	found := map[string]profile.Frame{}
	for _, f := range p.Frames {
		found[f.Function] = f
	}
	if f := found["main"]; f.File != "/src/rows.py" || f.Language != profile.Python || f.Line != 0 {
		t.Errorf("main is %+v", f)
	}
	if f := found["grow"]; f.File != "" || f.Language == profile.Python {
		t.Errorf("grow is %+v", f)
	}
}

func TestADamagedGraphSaysWhereItIsDamaged(t *testing.T) {
	for from, to := range map[string]string{
		`[0], "cost"`: `[7], "cost"`, `"cost": [2]`: `"cost": []`, `"unit": "bytes"`: `"unit": "calls"`, `"cost": [1372]`: `"cost": [18446744073709551615]`,
		`"functions"`: `}`, `{"name": "grow"`: `["grow"`, `"cost": [8]`: `"cost": [-8]`,
	} {
		text := strings.Replace(graph, from, to, 1)
		_, err := memray.Read(strings.NewReader(text))
		var format *profile.FormatError
		if text == graph || !errors.As(err, &format) {
			t.Errorf("%s: %v", to, err)
		}
	}
	for n := len(graph) - 1; n > 60; n -= 7 {
		var format *profile.FormatError
		if _, err := memray.Read(strings.NewReader(graph[:n])); !errors.As(err, &format) {
			t.Errorf("cut after %d bytes: %v", n, err)
		}
	}
}

// Whatever the bytes, Read ends in a profile that can be written, or in a FormatError.
func FuzzRead(f *testing.F) {
	f.Add([]byte(heading + rows))
	f.Add([]byte(graph))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := memray.Read(bytes.NewReader(text))
		if err != nil {
			var format *profile.FormatError
			if !errors.As(err, &format) {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		if err := dhat.Check(p); err != nil {
			t.Fatalf("a profile cannot be written: %v", err)
		}
	})
}
