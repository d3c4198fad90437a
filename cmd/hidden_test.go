package cmd

import (
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report"
)

func TestHiddenHeapNamesTheSwitchOfARuntime(t *testing.T) {
	for _, c := range []struct {
		program string
		given   []string // in the environment and the arguments
		want    string
	}{
		{"/usr/bin/python3.11", nil, "python has an allocator of its own; set PYTHONMALLOC=malloc in its environment"},
		{"/usr/bin/php8.2", nil, "php has an allocator of its own; set USE_ZEND_ALLOC=0 in its environment"},
		{"/usr/bin/node", nil, "node has a heap of its own for JavaScript's objects; node --heap-prof records it"},
		{"/usr/lib/jvm/jdk/bin/java", nil, "java has a heap of its own for objects; jcmd PID GC.class_histogram shows it"},
		{"/usr/bin/ruby3.1", nil, "ruby has a heap of its own for objects; its objspace library shows it"},

		{"/usr/bin/python3.11", []string{"env", "PYTHONMALLOC=malloc"}, "its allocator keeps the rest free, or "},
		{"/usr/bin/python-like", nil, "its allocator keeps the rest free, or "},
		{"/opt/phpize", nil, "its allocator keeps the rest free, or "},
	} {
		h := report.Hidden{Anonymous: 64 << 20, Explained: 8 << 20}
		got := hiddenHeap(h, &profile.Recording{Program: c.program}, c.given)
		if want := "64.0 MiB of anonymous memory at its peak, but blocks explain only 8.00 MiB: " + c.want; !strings.HasPrefix(got, want) {
			t.Errorf("%s, given %q:\n%s\nwant\n%s", c.program, c.given, got, want)
		}
	}
}
