//go:build linux && (amd64 || arm64)

package tracker

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestRoomForCodeIsLeftWhereTheProcessWillMapItsPlan(t *testing.T) {
	const mib = 1 << 20
	image := mapping{start: 400 * mib, end: 410 * mib}
	for _, c := range []struct {
		name  string
		all   []mapping
		reach uint64
		want  uint64
	}{
		{"in a large gap", []mapping{{start: 1 * mib, end: 300 * mib}, image}, 1 << 31, 400*mib - mib - 1<<16},
		{"not in a small one that is nearer", []mapping{{start: 1 * mib, end: 300 * mib}, {start: 390 * mib, end: 399 * mib}, image}, 1 << 31, 390*mib - mib - 1<<16},
		{"but in a small one where there is no other", []mapping{{start: 1 * mib, end: 300 * mib}, {start: 300 * mib, end: 399*mib + 1<<19}, image}, 1 << 24, 400*mib - 1<<16},
	} {
		if got, ok := roomNear(c.all, image.start, image.end, 100, c.reach); !ok || got != c.want {
			t.Errorf("%s: got %#x, %t, want %#x", c.name, got, ok, c.want)
		}
	}
}

func TestAFileIsOneThoughItsVariablesLieInIt(t *testing.T) {
	all, err := parseMappings(strings.NewReader(`1000-3000 r-xp 00000000 fe:00 7 /usr/lib/twice.so
3000-4000 rw-p 00001000 fe:00 7 /usr/lib/twice.so
4000-6000 r-xp 00000000 fe:00 7 /usr/lib/other.so
10000-12000 r-xp 00000000 fe:00 8 /usr/lib/arranged.so
12000-13000 rw-p 00002000 fe:00 8 /usr/lib/arranged.so
13000-14000 rw-p 00000000 00:00 0
20000-24000 r-xp 00010000 fe:00 8 /usr/lib/arranged.so
30000-32000 r-xp 00000000 fe:00 8 /usr/lib/arranged.so
7000000-7001000 r-xp 00000000 00:00 0 [vdso]
`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range mappedFiles(all) {
		got = append(got, fmt.Sprintf("%s %x-%x", f.path, f.start(), f.end()))
	}
	want := []string{
		"/usr/lib/twice.so 1000-4000", "/usr/lib/other.so 4000-6000",
		"/usr/lib/arranged.so 10000-24000", "/usr/lib/arranged.so 30000-32000",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
