//go:build linux && (amd64 || arm64)

package replay

import (
	"maps"
	"os"

	"golang.org/x/sys/unix"

	"heapprof/internal/tracker/mappings"
	"heapprof/internal/tracker/wire"
)

// AddressSpace is the account of what an image has mapped, by call stack and kind.
type AddressSpace struct {
	account *mappings.Account
	ids     map[MappingSite]mappings.SiteID
	sites   []MappingSite // by SiteID
	changed bool          // since the process began
}

// MappingSite is a site of the account of mappings: a call stack, and the kind of what it
// mapped.
type MappingSite struct {
	Stack  StackID
	Kind   MappingKind
	Inside bool // by a call within one of an allocator's
}

// MappingKind is what kind of memory a call mapped.
type MappingKind uint8

const (
	MappedMemory   MappingKind = iota // anonymous memory
	MappedReserve                     // anonymous addresses without access (PROT_NONE) when they were mapped
	MappedFile                        // a file
	MappedBreak                       // what brk and sbrk give
	MappedByMremap                    // what was not seen being mapped, or a second mapping of it
)

func newAddressSpace() *AddressSpace {
	return &AddressSpace{account: mappings.New(), ids: make(map[MappingSite]mappings.SiteID)}
}

// clone returns the account of a child that was forked at the moment stamp.
func (a *AddressSpace) clone(stamp uint64) *AddressSpace {
	return &AddressSpace{account: a.account.Clone(stamp), ids: maps.Clone(a.ids), sites: a.sites[:len(a.sites):len(a.sites)]}
}

// Changed reports whether the image has mapped or unmapped anything since it began.
func (a *AddressSpace) Changed() bool { return a.changed }

// Replay feeds an event of a thread, with its call stack, to the account.
func (a *AddressSpace) Replay(thread *mappings.Thread, e wire.Mapping, stack StackID) {
	a.changed = true
	page := uint64(os.Getpagesize())
	if e.Change == wire.MappingMap && e.Flags&unix.MAP_HUGETLB != 0 {
		page = hugePage(e.Flags)
	}
	// The kernel maps whole pages. The break lies anywhere, and its page is mapped
	// up to the end; all other addresses begin a page.
	roundUp := func(n uint64) uint64 { return (n + page - 1) / page * page }
	start := roundUp(e.Address)
	bytes := roundUp(e.Address+min(e.Bytes, 1<<wire.AddressBits)) - start
	switch e.Change {
	case wire.MappingMap:
		a.account.Map(start, bytes, e.Stamp, a.site(MappingSite{stack, kindOfMap(e.Protection, e.Flags), e.Inside}))
	case wire.MappingBreak:
		a.account.Map(start, bytes, e.Stamp, a.site(MappingSite{stack, MappedBreak, e.Inside}))
	case wire.MappingTake:
		a.account.Take(thread, start, bytes, e.Stamp)
	case wire.MappingPut:
		a.account.Put(thread, start, bytes, e.Stamp, a.site(MappingSite{stack, MappedByMremap, e.Inside}))
	}
}

// hugePage returns the size in bytes of the pages that an mmap with MAP_HUGETLB asks for:
// that in its flags, as a power of two, or the default of both processors (mmap(2)).
func hugePage(flags uint64) uint64 {
	const shift, mask, byDefault = 26, 0x3f, 21
	if power := flags >> shift & mask; power != 0 {
		return 1 << power
	}
	return 1 << byDefault
}

func kindOfMap(prot, flags uint64) MappingKind {
	switch {
	case flags&unix.MAP_ANONYMOUS == 0:
		return MappedFile
	case prot == unix.PROT_NONE:
		return MappedReserve
	}
	return MappedMemory
}

// site returns the ID of a site, which may be new.
func (a *AddressSpace) site(by MappingSite) mappings.SiteID {
	id, ok := a.ids[by]
	if !ok {
		id = a.account.NewSite()
		a.ids[by] = id
		a.sites = append(a.sites, by)
	}
	return id
}

// MappedRange is memory that one call has mapped, as far as it still is.
type MappedRange struct {
	Start, End uint64
	MappingSite
}

// Mapped returns what is mapped, in ascending order.
func (a *AddressSpace) Mapped() (all []MappedRange) {
	a.account.Each(func(start, end uint64, site mappings.SiteID) {
		all = append(all, MappedRange{start, end, a.sites[site]})
	})
	return all
}

// result returns the account up to the moment stamp, and its sites by their SiteID.
func (a *AddressSpace) result(stamp uint64) (*mappings.Result, []MappingSite) {
	return a.account.Finish(stamp), a.sites[:len(a.sites):len(a.sites)]
}
