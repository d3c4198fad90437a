package cmd

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report"
)

// hiddenHeap words that much of a program's memory is not in its profile, why as far
// as that is known, and what to do. The recording's notes have been told of before;
// environment is the program's, with its arguments, among which env takes variables.
func hiddenHeap(h report.Hidden, p *profile.Recording, environment []string) string {
	var why, advice string
	heap, known := runtimeOf(p)
	switch {
	case known && !slices.Contains(environment, heap.off):
		why, advice = heap.why, heap.advice()
	case p.Mappings != nil:
		why, advice = "its allocator keeps the rest free, or the program uses mmap itself", "heapprof report --mappings shows who mapped it"
	case len(p.Notes) > 0:
		why, advice = "not all of its allocator could be hooked", "see above"
	default:
		why = "its allocator keeps the rest free, or the program uses mmap itself, or an allocator that is not known"
		advice = "record mmap with --mmap to see who mapped it; where an allocator is hidden keep its symbol table (strip -g instead of strip), or name its functions with --alloc-function and --free-function"
	}
	return fmt.Sprintf("%s: %s; %s", h, why, advice)
}

// ownHeap is a heap that a language's runtime keeps past malloc.
type ownHeap struct {
	program string // what the program's file name begins with
	why     string
	off     string // what in the environment sends it all to malloc; "" if nothing does
	instead string // what shows that heap where nothing does
}

func (r ownHeap) advice() string {
	if r.off != "" {
		return fmt.Sprintf("set %s in its environment", r.off)
	}
	return r.instead
}

// runtimeOf tells whether the program is a runtime that has a heap of its own.
func runtimeOf(p *profile.Recording) (ownHeap, bool) {
	heaps := []ownHeap{
		{program: "python", why: "python has an allocator of its own", off: "PYTHONMALLOC=malloc"},
		{program: "php", why: "php has an allocator of its own", off: "USE_ZEND_ALLOC=0"},
		{program: "node", why: "node has a heap of its own for JavaScript's objects", instead: "node --heap-prof records it"},
		{program: "java", why: "java has a heap of its own for objects", instead: "jcmd PID GC.class_histogram shows it"},
		{program: "ruby", why: "ruby has a heap of its own for objects", instead: "its objspace library shows it"},
	}
	name := filepath.Base(p.Program)
	for _, h := range heaps {
		// As python3.11, php8.2 and ruby3.1 are, and phpize-like names are not.
		if version, ok := strings.CutPrefix(name, h.program); ok && strings.Trim(version, "0123456789.") == "" {
			return h, true
		}
	}
	return ownHeap{}, false
}
