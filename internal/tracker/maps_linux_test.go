//go:build linux && (amd64 || arm64)

package tracker

import "testing"

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
