package patch

import (
	"maps"
	"testing"

	"heapprof/internal/testkit"
)

// TestExitsOfCLibrariesAreHookedWhereAskedFor holds that of each C library at hand, as a library
// and as a part of a program, what ends a process is hooked, and nothing of these names otherwise.
func TestExitsOfCLibrariesAreHookedWhereAskedFor(t *testing.T) {
	for _, path := range []string{
		"/lib/x86_64-linux-gnu/libc.so.6", "/usr/aarch64-linux-gnu/lib/libc.so.6", "/lib/ld-musl-x86_64.so.1",
		testkit.BuildWith(t, "gcc", "marks.c", "-static", "-pthread"),
	} {
		if !exists(path) {
			t.Logf("no %s here", path)
			continue
		}
		want := map[string]bool{"exit": true, "_exit": true, "_Exit": true}
		got := make(map[string]bool)
		p := read(t, path, Options{Exits: true})
		for name, what := range summary(p) {
			if what == "hooked: exits" {
				got[name] = true
			}
		}
		delete(got, "quick_exit") // of static programs only those have it that call it
		if !maps.Equal(got, want) || len(p.Exits) > 0 {
			t.Errorf("%s: hooked are %v, want %v; refused %v", path, got, want, p.Exits)
		}
		for name, what := range summary(read(t, path, Options{})) {
			if what == "hooked: exits" {
				t.Errorf("%s: %s is hooked, and nobody asks for that", path, name)
			}
		}
	}
}
