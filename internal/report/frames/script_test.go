package frames

import (
	"testing"

	"heapprof/internal/profile"
)

// pythonProfile has frames as a recording of a Python program has them, innermost first.
func pythonProfile() *profile.Profile {
	interpreter, extension := &profile.Module{Path: "/usr/lib/libpython3.11.so.1.0"}, &profile.Module{Path: "/usr/lib/python3.11/lib-dynload/_json.cpython-311.so"}
	user := &profile.Module{Path: "/home/me/fast.so"}
	c := func(name string, m *profile.Module) profile.Frame {
		return profile.Frame{Addr: 0x1000, Function: name, Module: m, Language: profile.C}
	}
	python := func(name, file string, line int) profile.Frame {
		return profile.Frame{Function: name, File: file, Line: line, Language: profile.Python}
	}
	return &profile.Profile{Frames: []profile.Frame{
		profile.Root,
		c("PyUnicode_New", interpreter),
		c("scan_once", extension),
		python("JSONDecoder.decode", "/usr/lib/python3.11/json/decoder.py", 353),
		c("_PyObject_MakeTpCall", interpreter),
		python("malloc", "/home/me/app/load.py", 7),
		python("<module>", "/home/me/app/__main__.py", 3),
		c("PyEval_EvalCode", interpreter),
		c("main", interpreter),
		python("get_code", "<frozen importlib._bootstrap_external>", 1012),
		python("_find_and_load", "<frozen importlib._bootstrap>", 1176),
		python("get", "/usr/lib/python3/dist-packages/requests/api.py", 61),
		c("fast_sort", user),
	}}
}

func TestTheSiteOfAPythonProgramIsItsFunction(t *testing.T) {
	table := New(pythonProfile())
	for name, c := range map[string]struct {
		stack []uint32
		site  int
	}{
		"what the interpreter allocates for a line":           {[]uint32{1, 2, 3, 4, 5, 6, 7, 8}, 2},
		"a function that is called as an allocator is":        {[]uint32{1, 5, 6, 7, 8}, 1},
		"an import is the line that imports":                  {[]uint32{1, 9, 4, 10, 6, 7, 8}, 4},
		"an import that no line asks for":                     {[]uint32{1, 9, 10, 7, 8}, 1},
		"an extension's function allocates for the line":      {[]uint32{12, 5, 6, 7, 8}, 1},
		"before any function in Python, the interpreter's is": {[]uint32{7, 8}, 0},
	} {
		if got := table.Site(c.stack, false); got != c.site {
			t.Errorf("%s: the site is frame %d, want %d", name, got, c.site)
		}
	}
}

func TestStacksOfAPythonProgramAreShownWithoutTheInterpreter(t *testing.T) {
	table := New(pythonProfile())
	stack := []uint32{1, 2, 3, 4, 5, 12, 4, 6, 7, 8}
	from, to := table.Trim(stack, false)
	steps, counts := NewSteps(table, false).Fold(nil, nil, stack[from:to], 0)
	want := []uint32{3, 5, 12, 6}
	if len(steps) != len(want) || len(counts) != 0 {
		t.Fatalf("steps %v with runs %v, want %v", steps, counts, want)
	}
	for i := range want {
		if steps[i] != want[i] {
			t.Fatalf("steps %v, want %v", steps, want)
		}
	}
	if from, to := table.Trim(stack, true); from != 0 || to != len(stack) {
		t.Errorf("of all frames there are %d to %d", from, to)
	}
}

func TestPythonsFunctionsAreOfPackages(t *testing.T) {
	table := New(pythonProfile())
	for frame, want := range map[uint32]struct {
		crate, place string
		own          bool
	}{
		3:  {"python", "decoder.py:353", false},
		5:  {"load", "load.py:7", true},
		6:  {"__main__", "app/__main__.py:3", true},
		9:  {"python", "<frozen importlib._bootstrap_external>:1012", false},
		11: {"requests", "api.py:61", false},
	} {
		f := table.Frame(frame)
		if f.Crate.Name != want.crate || f.Place() != want.place || f.Own != want.own {
			t.Errorf("%s is of %q at %q, own: %v; want %+v", f.Function, f.Crate.Name, f.Place(), f.Own, want)
		}
	}
}

// TestTheSiteOfAScriptIsItsOwnFunction: Node.js's library, in JavaScript and in C++, allocates on its behalf.
func TestTheSiteOfAScriptIsItsOwnFunction(t *testing.T) {
	node := &profile.Module{Path: "/usr/bin/node"}
	p := &profile.Profile{Frames: []profile.Frame{
		profile.Root,
		{Function: "node::NodeArrayBufferAllocator::Allocate(unsigned long)", Module: node, Addr: 1},
		{Function: "alloc", File: "node:buffer", Line: 3, Language: profile.JavaScript},
		{Function: "fill", File: "/srv/app/lib/fill.js", Line: 5, Language: profile.JavaScript},
		{Function: "load", File: "/srv/app/node_modules/@owner/pkg/index.js", Line: 7, Language: profile.JavaScript},
		{Function: "node::Start(int, char**)", Module: node, Addr: 2},
	}}
	table := New(p)
	stack := []uint32{1, 2, 3, 4, 5}
	if site := table.Site(stack, false); site != 2 {
		t.Errorf("the site is frame %d, want 2: fill", site)
	}
	if f := table.Frame(3); !f.Own {
		t.Error("the script's function is not its own code")
	}
	if f := table.Frame(4); f.Crate.Name != "@owner/pkg" {
		t.Errorf("a package's function is of %q", f.Crate.Name)
	}
}

func TestTheSiteOfADotNetProgramIsItsMethodAndNotTheLibrarys(t *testing.T) {
	runtime := &profile.Module{Path: "/usr/share/dotnet/shared/Microsoft.NETCore.App/8.0.1/libcoreclr.so"}
	table := New(&profile.Profile{Frames: []profile.Frame{
		profile.Root,
		{Addr: 0x1000, Function: "HeapAlloc", Module: runtime},
		{Function: "System.Private.CoreLib!System.Runtime.InteropServices.Marshal.AllocHGlobal(int32)", Language: profile.DotNet},
		{Function: "app!App.Cache.Fill(int32)", Language: profile.DotNet},
		{Addr: 0x2000, Function: "RunMain", Module: runtime},
	}})
	if got := table.Site([]uint32{1, 2, 3, 4}, false); got != 2 {
		t.Errorf("the site is frame %d, want 2", got)
	}
	if f := table.Frame(3); f.Crate.Name != "app" || !f.Own {
		t.Errorf("%s is of %q, own: %v", f.Function, f.Crate.Name, f.Own)
	}
	if f := table.Frame(2); f.Crate.Name != "System.Private.CoreLib" || f.Own {
		t.Errorf("%s is of %q, own: %v", f.Function, f.Crate.Name, f.Own)
	}
}
