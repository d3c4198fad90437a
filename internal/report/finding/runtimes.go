package finding

import (
	"path"
	"slices"
	"strings"

	"heapprof/internal/profile"
)

// Runtime is a language's run-time library, or another library, that has a heap of its own, in
// which a profile of malloc's blocks sees no objects.
type Runtime struct {
	Name   string `json:"name"`
	Switch string `json:"switch,omitempty"` // what in the environment sends it all to malloc; "" if nothing does

	programs  []string // whose file names, with a version or without, are other than Name
	libraries []string // what the file names of libraries begin with that have it
	function  string   // one through which a program calls all that is written in the language; "" where there is none
}

// runtimes are those that map their heap themselves. A program is one whose file name is Name
// with a version, or that calls the function.
var runtimes = []Runtime{
	{Name: "python", Switch: "PYTHONMALLOC=malloc", libraries: []string{"libpython3"}},
	{Name: "php", Switch: "USE_ZEND_ALLOC=0", libraries: []string{"libphp"}},
	{Name: "node", libraries: []string{"libnode.so"}},
	{Name: "java", libraries: []string{"libjvm.so"}},
	{Name: "ruby", libraries: []string{"libruby.so", "libruby-"}},
	{Name: "deno"},
	{Name: "dotnet", libraries: []string{"libcoreclr.so"}},
	{Name: "luajit", programs: []string{"luajit-2.1.0-beta"}, libraries: []string{"libluajit-"}},
	{Name: "erlang", Switch: "ERL_FLAGS='+Mea min'", programs: []string{"beam.smp"}},
	{Name: "pypy", libraries: []string{"libpypy"}},
	{Name: "guile", libraries: []string{"libguile-"}},
	{Name: "D", function: "_d_run_main"},
	{Name: "Nim", function: "NimMain"},
	{Name: "gcc", programs: []string{"cc1", "cc1plus", "cc1obj", "f951", "lto1", "gnat1"}},
}

// runtimeOf returns the runtime that a program is, or has loaded; nil where there is none.
func runtimeOf(p *profile.Profile) *Runtime {
	for i := range runtimes {
		if runtimes[i].isProgram(p.Recording.Program) {
			return &runtimes[i]
		}
	}
	for i := range runtimes {
		for _, m := range p.Modules {
			if runtimes[i].isLibrary(m.Path) {
				return &runtimes[i]
			}
		}
		if name := runtimes[i].function; name != "" && slices.ContainsFunc(p.Frames, func(f profile.Frame) bool { return f.Function == name }) {
			return &runtimes[i]
		}
	}
	return nil
}

// isProgram reports whether a program is the runtime, as python3.11, php8.2 and ruby3.1 are, and
// phpize is not.
func (r *Runtime) isProgram(file string) bool {
	for _, name := range append([]string{r.Name}, r.programs...) {
		version, ok := strings.CutPrefix(path.Base(file), name)
		if version = strings.TrimPrefix(version, "-"); ok && strings.Trim(version, "0123456789.") == "" {
			return true
		}
	}
	return false
}

func (r *Runtime) isLibrary(file string) bool {
	for _, name := range r.libraries {
		if strings.HasPrefix(path.Base(file), name) {
			return true
		}
	}
	return false
}

// pool is a library's allocator that takes pages from malloc for objects that a profile does not
// see.
type pool struct {
	Runtime
	functions []string // what the names of those begin with that allocate pages
	instead   string   // what they call for each object where it is switched off; "" for nothing
	nearest   int      // within how many frames of the allocation one of them is
}

// pools are those that can be switched off.
var pools = []pool{
	// Since GLib 2.76 a slice is a block of malloc's.
	{Runtime{Name: "GLib's slices", Switch: "G_SLICE=always-malloc"}, []string{"g_slice_"}, "g_malloc", 8},
	{Runtime{Name: "libstdc++'s pool allocator", Switch: "GLIBCXX_FORCE_NEW=1"}, []string{"__gnu_cxx::__pool_alloc_base::", "__gnu_cxx::__pool<"}, "", 8},
}

// owns reports whether one of the pool's functions has asked for the blocks of a stack as pages.
func (o *pool) owns(p *profile.Profile, stack []uint32) bool {
	for _, f := range stack[:min(len(stack), o.nearest)] {
		if o.instead != "" && p.Frames[f].Function == o.instead {
			return false
		}
		for _, name := range o.functions {
			if strings.HasPrefix(p.Frames[f].Function, name) {
				return true
			}
		}
	}
	return false
}
