//go:build linux && (amd64 || arm64)

package tracker

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"heapprof/internal/dhat"
	"heapprof/internal/tracker/heap"
	"heapprof/internal/tracker/wire"
)

func (w writer) mapping(stamp uint64, what, address, bytes, slot uint64) {
	w.event(wire.Mapping, stamp, address|slot<<wire.AddressBits, bytes, what)
}

// mapWhat is the fourth word of an mmap's event.
func mapWhat(prot, flags uint64) uint64 { return wire.MappingMap | prot<<8 | flags<<32 }

// mappedNow returns the bytes mapped now, by kind.
func mappedNow(p *process) map[string]uint64 {
	result, sites := p.mapped.result(100, func(s uint64) uint64 { return s }, func(t heap.Ticks) uint64 { return t.Lo })
	bytes := make(map[string]uint64)
	for i, by := range sites {
		bytes[by.kind] += result.Points[i].EndBytes
	}
	return bytes
}

func TestMappingsAreCountedInThePagesThatTheKernelMaps(t *testing.T) {
	page := uint64(os.Getpagesize())
	anonymous := uint64(unix.MAP_PRIVATE | unix.MAP_ANONYMOUS)
	for name, c := range map[string]struct {
		what, address, bytes uint64
		kind                 string
		want                 uint64
	}{
		"a byte":                {mapWhat(unix.PROT_READ, anonymous), 16 * page, 1, dhat.MappedMemory, page},
		"a page":                {mapWhat(unix.PROT_READ, anonymous), 16 * page, page, dhat.MappedMemory, page},
		"no access":             {mapWhat(unix.PROT_NONE, anonymous), 16 * page, 3*page - 1, dhat.MappedReserve, 3 * page},
		"a file without access": {mapWhat(unix.PROT_NONE, unix.MAP_SHARED), 16 * page, page, dhat.MappedFile, page},
		"huge pages":            {mapWhat(unix.PROT_READ, anonymous|unix.MAP_HUGETLB), 1 << 32, 1, dhat.MappedMemory, 2 << 20},
		"huge pages of 1 GiB":   {mapWhat(unix.PROT_READ, anonymous|unix.MAP_HUGETLB|30<<26), 1 << 32, 1, dhat.MappedMemory, 1 << 30},
		// From the last byte of a page to the first of another: the page behind is mapped.
		"the break":                {wire.MappingBreak, 17*page - 1, 2, dhat.MappedBreak, page},
		"the break, within a page": {wire.MappingBreak, 17*page + 1, 2, dhat.MappedBreak, 0},
		"mremap of unknown":        {wire.MappingPut, 16 * page, 2 * page, dhat.MappedByMremap, 2 * page},
		"more than there is":       {mapWhat(unix.PROT_READ, anonymous), 1 << 47, ^uint64(0), dhat.MappedMemory, 1 << 47},
	} {
		r, w := pretend(t, 1)
		w[0].mapping(10, c.what, c.address, c.bytes, wire.Root)
		r.round(20)
		p := r.processes[0]
		if p.damagedRings != 0 {
			t.Errorf("%s: the ring is taken for damaged", name)
		}
		if got := mappedNow(p); got[c.kind] != c.want || len(got) > 1 {
			t.Errorf("%s: got %v, want %d of %s", name, got, c.want, c.kind)
		}
	}
}

func TestAMappingMayBeUnmappedByAnotherThread(t *testing.T) {
	page := uint64(os.Getpagesize())
	r, w := pretend(t, 2)
	what := mapWhat(unix.PROT_READ, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	w[0].mapping(10, what, 16*page, 4*page, wire.Root)
	w[1].mapping(11, wire.MappingTake, 16*page, 4*page, wire.Root)
	w[0].mapping(12, what, 16*page, page, wire.Root) // already before the other call has returned
	w[1].mapping(13, wire.MappingPut, 16*page, 0, wire.Root)
	r.round(20)
	if got := mappedNow(r.processes[0]); got[dhat.MappedMemory] != page {
		t.Errorf("got %v, want %d bytes", got, page)
	}
}

func TestMappingOfAStackThatIsNoneIsDamage(t *testing.T) {
	r, w := pretend(t, 1)
	w[0].mapping(10, wire.MappingPut, 0, 1, 0xffff)
	r.round(20)
	if r.processes[0].damagedRings != 1 {
		t.Error("the ring is not taken for damaged")
	}
}
