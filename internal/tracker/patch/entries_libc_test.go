package patch

import (
	"maps"
	"slices"
	"testing"

	"heapprof/internal/testkit"
	"heapprof/internal/tracker/patch/allocator"
)

// copyEntries are the functions that copy.
func copyEntries() (all []Entry) {
	for i, f := range allocator.Copying() {
		all = append(all, Entry{Name: f.Name, Call: f.Call, Number: uint32(i), OfLibc: true})
	}
	return all
}

// TestAllWaysInWhichGlibcCopiesAreHooked holds that none is refused of those among which glibc chooses when it is
// loaded, so that no processor copies unseen, and that other C libraries are left alone.
func TestAllWaysInWhichGlibcCopiesAreHooked(t *testing.T) {
	t.Parallel()
	everything := []string{"__strcat_chk", "__strncat_chk", "memcpy", "mempcpy", "stpcpy", "stpncpy", "strcat", "strcpy", "strncat", "strncpy", "wcscpy"}
	for _, c := range []struct {
		path  string
		want  []string
		least int // functions
	}{
		{"/lib/x86_64-linux-gnu/libc.so.6", everything, 50},
		{testkit.BuildWith(t, "gcc", "copying.c", "-g", "-O1", "-fno-builtin", "-static"), everything, 50},
		{"/usr/aarch64-linux-gnu/lib/libc.so.6", []string{"__strcat_chk", "__strncat_chk", "memcpy", "memmove", "stpcpy", "strcpy"}, 16},
		{"/lib/ld-musl-x86_64.so.1", nil, 0},
	} {
		if !exists(c.path) {
			t.Logf("no %s here", c.path)
			continue
		}
		p := read(t, c.path, Options{Entries: copyEntries()})
		hooked, names := 0, make(map[string]bool)
		for _, e := range p.Entered {
			if e.Refused != nil {
				t.Errorf("%s: %s is refused: %+v", c.path, e.Symbol, e.Refused)
				continue
			}
			hooked++
			names[copyEntries()[e.Entry].Name] = true
		}
		if got := slices.Sorted(maps.Keys(names)); !slices.Equal(got, c.want) || hooked < c.least {
			t.Errorf("%s: %d functions are hooked, of %q, want %d at least, of %q", c.path, hooked, got, c.least, c.want)
		}
	}
}
