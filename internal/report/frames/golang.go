package frames

import (
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/names"
)

// goLibrary is what the library that comes with Go is called, as a package.
const goLibrary = "go"

// goPackages are the first parts of the names of the packages that come with Go (go list std).
var goPackages = setOf("archive", "bufio", "bytes", "cmp", "compress", "container", "context", "crypto", "database", "debug", "embed", "encoding",
	"errors", "expvar", "flag", "fmt", "go", "hash", "html", "image", "index", "internal", "io", "iter", "log", "maps", "math", "mime", "net", "os",
	"path", "plugin", "reflect", "regexp", "runtime", "slices", "sort", "strconv", "strings", "structs", "sync", "syscall", "testing", "text",
	"time", "unicode", "unique", "unsafe", "vendor", "weak")

// goStarters are the functions of Go's that lead to what a program has each goroutine, or its start, do.
var goStarters = setOf("runtime.main", "runtime.goexit", "runtime.doInit", "runtime.doInit1")

func setOf(members ...string) map[string]bool {
	set := make(map[string]bool, len(members))
	for _, m := range members {
		set[m] = true
	}
	return set
}

// isGo reports whether a function is one of Go's. Go's own profiles tell no languages.
func isGo(d *profile.Frame) bool {
	return d.Language == profile.Go || d.Language == profile.UnknownLanguage && strings.HasSuffix(d.File, ".go")
}

// goPackageOf returns the package of a function of Go's, by its name: "example.com/shop/rows" of "example.com/shop/rows.(*Table[...]).Add"; ""
// where the name has none. A dot in the last part of a package's name is written %2e.
func goPackageOf(function string) string {
	plain, _, _ := strings.Cut(function, "[")
	slash := strings.LastIndexByte(plain, '/') + 1
	last, _, ok := strings.Cut(plain[slash:], ".")
	if !ok {
		return ""
	}
	return plain[:slash] + strings.ReplaceAll(last, "%2e", ".")
}

// isGoLibrary reports whether a package is one of those that come with Go. They are what programs call to allocate: to make a string of
// several, three functions of two packages call each other.
func isGoLibrary(in string) bool {
	first, _, _ := strings.Cut(in, "/")
	return goPackages[first]
}

// golang changes how a frame of a function of Go's is classified.
func (c classifier) golang(f *Frame) {
	f.name = f.Function
	f.Startup = goStarters[f.Function]
	f.Plumbing = !f.Startup && isGoLibrary(goPackageOf(f.Function))
}

// markGo does what mark does for a frame of a function of Go's. Packages of others are those whose sources are in the cache of modules, below
// the version of one, or in a directory of copies.
func (o *ownership) markGo(d *profile.Frame, f *Frame) {
	in := names.Printable(goPackageOf(f.Function))
	f.Crate.Name, f.Dir = in, in
	if isGoLibrary(in) {
		f.Crate.Name = goLibrary
	} else {
		_, cached := afterAny(f.File, "@v", "/vendor/")
		f.local = !cached && in != ""
	}
	f.Own = f.local
	if o.named != nil {
		f.Own = o.isNamed(d, f)
	}
	f.Plumbing = f.Plumbing || !f.Startup && o.rules.isPlumbing(f)
	f.Own = f.Own && !f.Plumbing && !f.Startup
}
