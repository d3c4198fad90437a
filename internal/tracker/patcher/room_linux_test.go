//go:build linux && (amd64 || arm64)

package patcher

import (
	"testing"

	"heapprof/internal/procfs"
)

func TestRoomForCodeIsLeftWhereTheProcessWillMapItsPlan(t *testing.T) {
	const mib = 1 << 20
	image := procfs.Mapping{Start: 400 * mib, End: 410 * mib}
	for _, c := range []struct {
		name  string
		all   []procfs.Mapping
		reach uint64
		want  uint64
	}{
		{"in a large gap", []procfs.Mapping{{Start: 1 * mib, End: 300 * mib}, image}, 1 << 31, 400*mib - mib - 1<<16},
		{"not in a small one that is nearer", []procfs.Mapping{{Start: 1 * mib, End: 300 * mib}, {Start: 390 * mib, End: 399 * mib}, image}, 1 << 31, 390*mib - mib - 1<<16},
		{"but in a small one where there is no other", []procfs.Mapping{{Start: 1 * mib, End: 300 * mib}, {Start: 300 * mib, End: 399*mib + 1<<19}, image}, 1 << 24, 400*mib - 1<<16},
	} {
		if got, ok := roomNear(c.all, image.Start, image.End, 100, c.reach); !ok || got != c.want {
			t.Errorf("%s: got %#x, %t, want %#x", c.name, got, ok, c.want)
		}
	}
}
