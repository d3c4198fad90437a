package finding

import (
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
)

func TestFunctionsOfARuntimeWithoutNamesAreFoundWhereTheyMatterAndNoOthers(t *testing.T) {
	node := &profile.Module{Path: "/usr/bin/node"}
	interpreted := profile.Frame{Addr: 1, Function: "Builtins_InterpreterEntryTrampoline", Module: node}
	made := profile.Frame{Addr: 2}
	for name, c := range map[string]struct {
		program string
		frames  []profile.Frame
		want    bool
	}{
		"interpreted":        {"/usr/bin/node", []profile.Frame{interpreted}, true},
		"made code":          {"/usr/bin/node20", []profile.Frame{made}, true},
		"one has a name":     {"/usr/bin/node", []profile.Frame{{Addr: 3, Function: "load", Language: profile.JavaScript}, interpreted}, false},
		"node itself":        {"/usr/bin/node", []profile.Frame{{Addr: 4, Function: "node::Start", Module: node}}, false},
		"another program":    {"/usr/bin/server", []profile.Frame{made}, false},
		"deno's interpreter": {"/opt/deno", []profile.Frame{{Addr: 5, Function: "Builtins_ArrayMap"}, {Addr: 6, Function: "Builtins_InterpreterEntryTrampoline"}}, true},
		"deno's own":         {"/opt/deno", []profile.Frame{{Addr: 5, Function: "Builtins_ArrayMap"}}, false},
		"a trace of LuaJIT":  {"/usr/bin/luajit-2.1.0-beta3", []profile.Frame{made}, true},
		"PyPy names nothing": {"/usr/bin/pypy3", []profile.Frame{made}, false},
		"no frames but one":  {"/usr/bin/node", []profile.Frame{profile.Marker("[call tree full]")}, false},
	} {
		p := reporttest.Sample()
		p.Recording.Program, p.Modules = c.program, append(p.Modules, node)
		first := uint32(len(p.Frames))
		p.Frames = append(p.Frames, c.frames...)
		for i := range p.Points {
			p.Points[i].Stack = profile.Stack{}
			for j := range c.frames {
				p.Points[i].Stack = profile.StackOf(append(p.Points[i].Stack.Frames(), first+uint32(j))...)
			}
		}
		r, err := view.NewReport(view.NewSource(p), view.Options{})
		if err != nil {
			t.Fatal(err)
		}
		f, found := MadeCodeUnnamed(r)
		if found != c.want || found && (f.Evidence.Share != 1 || f.Remedy != NameMade) {
			t.Errorf("%s: %v, %+v", name, found, f.Evidence)
		}
	}
}
