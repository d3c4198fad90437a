//go:build linux && (amd64 || arm64)

package replay

import (
	"os"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"heapprof/internal/tracker/wire"
	"heapprof/internal/tracker/wire/wiretest"
)

// mapping writes that a mapping has changed, at so many bytes from an address on.
func (w writer) mapping(stamp uint64, what wire.Mapping, address, bytes, stack uint64) {
	what.Stamp, what.Address, what.Bytes, what.Stack = stamp, address, bytes, stack
	w.put(wiretest.Mapping(what))
}

// mmap is what an mmap tells that was called with these.
func mmap(protection, flags uint64) wire.Mapping {
	return wire.Mapping{Change: wire.MappingMap, Protection: protection, Flags: flags}
}

// mappedNow returns the bytes mapped now, by kind.
func mappedNow(p *Image) map[MappingKind]uint64 {
	state := snapshotAt(p, 100)
	bytes := make(map[MappingKind]uint64)
	for id, s := range state.Mappings.Sites {
		if s.TotalBytes > 0 {
			bytes[state.MappingSites[id].Kind] += s.EndBytes
		}
	}
	return bytes
}

func TestMappingsAreCountedInThePagesThatTheKernelMaps(t *testing.T) {
	page := uint64(os.Getpagesize())
	anonymous := uint64(unix.MAP_PRIVATE | unix.MAP_ANONYMOUS)
	for name, c := range map[string]struct {
		what           wire.Mapping
		address, bytes uint64
		kind           MappingKind
		want           uint64
	}{
		"a byte":                {mmap(unix.PROT_READ, anonymous), 16 * page, 1, MappedMemory, page},
		"a page":                {mmap(unix.PROT_READ, anonymous), 16 * page, page, MappedMemory, page},
		"no access":             {mmap(unix.PROT_NONE, anonymous), 16 * page, 3*page - 1, MappedReserve, 3 * page},
		"a file without access": {mmap(unix.PROT_NONE, unix.MAP_SHARED), 16 * page, page, MappedFile, page},
		"huge pages":            {mmap(unix.PROT_READ, anonymous|unix.MAP_HUGETLB), 1 << 32, 1, MappedMemory, 2 << 20},
		"huge pages of 1 GiB":   {mmap(unix.PROT_READ, anonymous|unix.MAP_HUGETLB|30<<26), 1 << 32, 1, MappedMemory, 1 << 30},
		// From the last byte of a page to the first of another: the page behind is mapped.
		"the break":                {wire.Mapping{Change: wire.MappingBreak}, 17*page - 1, 2, MappedBreak, page},
		"the break, within a page": {wire.Mapping{Change: wire.MappingBreak}, 17*page + 1, 2, MappedBreak, 0},
		"mremap of unknown":        {wire.Mapping{Change: wire.MappingPut}, 16 * page, 2 * page, MappedByMremap, 2 * page},
		"more than there is":       {mmap(unix.PROT_READ, anonymous), 1 << 47, ^uint64(0), MappedMemory, 1 << 47},
	} {
		r, w := pretend(t, 1)
		w[0].mapping(10, c.what, c.address, c.bytes, wire.Root)
		r.round(20)
		p := r.images[0]
		if p.DamagedRings != 0 {
			t.Errorf("%s: the ring is taken for damaged", name)
		}
		if got := mappedNow(p); got[c.kind] != c.want || len(got) > 1 {
			t.Errorf("%s: got %v, want %d of kind %d", name, got, c.want, c.kind)
		}
	}
}

func TestAMappingMayBeUnmappedByAnotherThread(t *testing.T) {
	page := uint64(os.Getpagesize())
	r, w := pretend(t, 2)
	what := mmap(unix.PROT_READ, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	w[0].mapping(10, what, 16*page, 4*page, wire.Root)
	w[1].mapping(11, wire.Mapping{Change: wire.MappingTake}, 16*page, 4*page, wire.Root)
	w[0].mapping(12, what, 16*page, page, wire.Root) // already before the other call has returned
	w[1].mapping(13, wire.Mapping{Change: wire.MappingPut}, 16*page, 0, wire.Root)
	r.round(20)
	if got := mappedNow(r.images[0]); got[MappedMemory] != page {
		t.Errorf("got %v, want %d bytes", got, page)
	}
}

func TestItIsKnownWhatIsMappedByWhom(t *testing.T) {
	page := uint64(os.Getpagesize())
	r, w := pretend(t, 1)
	what := mmap(unix.PROT_READ, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	w[0].mapping(10, what, 16*page, 4*page, wire.Root)
	what.Inside = true
	w[0].mapping(11, what, 17*page, page, wire.Root)
	w[0].mapping(12, what, 32*page, page, wire.Root)
	w[0].mapping(13, wire.Mapping{Change: wire.MappingTake}, 32*page, page, wire.Root) // it has not returned yet
	r.round(20)
	var got []MappedRange
	for _, m := range r.images[0].AddressSpace.Mapped() {
		got = append(got, MappedRange{m.Start / page, m.End / page, MappingSite{Inside: m.Inside}})
	}
	inside := MappingSite{Inside: true}
	want := []MappedRange{{16, 17, MappingSite{}}, {17, 18, inside}, {18, 20, MappingSite{}}, {32, 33, inside}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestMappingOfAStackThatIsNoneIsDamage(t *testing.T) {
	r, w := pretend(t, 1)
	w[0].mapping(10, wire.Mapping{Change: wire.MappingPut}, 0, 1, 0xffff)
	r.round(20)
	if r.images[0].DamagedRings != 1 {
		t.Error("the ring is not taken for damaged")
	}
}
