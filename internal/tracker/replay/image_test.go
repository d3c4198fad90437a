//go:build linux && (amd64 || arm64)

package replay

import (
	"errors"
	"testing"

	"heapprof/internal/tracker/process"
)

func TestMemoryThatCannotBeDescribedIsNotKept(t *testing.T) {
	const mib = 1 << 20
	i := NewImage(1, 0)
	described := func(use process.NotHeap, err error) func() (process.NotHeap, error) {
		return func() (process.NotHeap, error) { return use, err }
	}
	i.followAnonymous(20*mib, described(process.NotHeap{Total: 20 * mib, Static: 19 * mib}, nil))
	if i.Anonymous != 20*mib || i.NotHeap.Static != 19*mib {
		t.Fatalf("%d bytes, of which no heap: %+v", i.Anonymous, i.NotHeap)
	}
	// The process ends between the two looks: of its maps nothing is left, or the rest.
	i.followAnonymous(48*mib, described(process.NotHeap{}, nil))
	i.followAnonymous(48*mib, described(process.NotHeap{Total: 30 * mib, Static: 30 * mib}, nil))
	i.followAnonymous(48*mib, described(process.NotHeap{}, errors.New("no such process")))
	if i.Anonymous != 20*mib || i.NotHeap.Static != 19*mib {
		t.Errorf("%d bytes, of which no heap: %+v, want what was described", i.Anonymous, i.NotHeap)
	}
	// A little more needs no look.
	i.followAnonymous(22*mib, described(process.NotHeap{}, errors.New("looked at")))
	if i.Anonymous != 22*mib {
		t.Errorf("%d bytes, want 22 MiB", i.Anonymous)
	}
}
