//go:build linux && (amd64 || arm64)

package tracker

import (
	"maps"
	"os"

	"golang.org/x/sys/unix"

	"heapprof/internal/dhat"
	"heapprof/internal/tracker/heap"
	"heapprof/internal/tracker/mappings"
	"heapprof/internal/tracker/wire"
)

// mapped is what a process has mapped, by call stack and kind.
type mapped struct {
	account *mappings.Account
	sites   map[mappedBy]mappings.SiteID
	order   []mappedBy // by SiteID
	changed bool       // since the process began
}

// mappedBy is a site of the account.
type mappedBy struct {
	stack stackID
	kind  string // the frame that stands for it: a dhat constant
}

func newMapped() *mapped {
	return &mapped{account: mappings.New(), sites: make(map[mappedBy]mappings.SiteID)}
}

func (m *mapped) clone(stamp uint64) *mapped {
	return &mapped{account: m.account.Clone(stamp), sites: maps.Clone(m.sites), order: m.order[:len(m.order):len(m.order)]}
}

// mappingEvent is a wire.Mapping.
type mappingEvent struct {
	what                  uint64 // the event's fourth word
	address, bytes, stamp uint64
	stack                 stackID
}

// replay feeds an event of thread t to the account.
func (m *mapped) replay(t *mappings.Thread, e mappingEvent) {
	m.changed = true
	flags := e.what >> 32
	page := uint64(os.Getpagesize())
	if e.what&0xff == wire.MappingMap && flags&unix.MAP_HUGETLB != 0 {
		page = hugePage(flags)
	}
	// The kernel maps whole pages. The break lies anywhere, and its page is mapped
	// up to the end; all other addresses begin a page.
	roundUp := func(n uint64) uint64 { return (n + page - 1) / page * page }
	start := roundUp(e.address)
	bytes := roundUp(e.address+min(e.bytes, 1<<wire.AddressBits)) - start
	switch e.what & 0xff {
	case wire.MappingMap:
		m.account.Map(start, bytes, e.stamp, m.site(e.stack, kindOfMap(e.what>>8&0xff, flags)))
	case wire.MappingBreak:
		m.account.Map(start, bytes, e.stamp, m.site(e.stack, dhat.MappedBreak))
	case wire.MappingTake:
		m.account.Take(t, start, bytes, e.stamp)
	case wire.MappingPut:
		m.account.Put(t, start, bytes, e.stamp, m.site(e.stack, dhat.MappedByMremap))
	}
}

// hugePage returns the size of the pages that an mmap with MAP_HUGETLB asks for: in
// its flags, as a power of two, or the default of both processors (mmap(2)).
func hugePage(flags uint64) uint64 {
	const shift, mask, byDefault = 26, 0x3f, 21
	if power := flags >> shift & mask; power != 0 {
		return 1 << power
	}
	return 1 << byDefault
}

func kindOfMap(prot, flags uint64) string {
	switch {
	case flags&unix.MAP_ANONYMOUS == 0:
		return dhat.MappedFile
	case prot == unix.PROT_NONE:
		return dhat.MappedReserve
	}
	return dhat.MappedMemory
}

func (m *mapped) site(stack stackID, kind string) mappings.SiteID {
	by := mappedBy{stack, kind}
	id, ok := m.sites[by]
	if !ok {
		id = m.account.NewSite()
		m.sites[by] = id
		m.order = append(m.order, by)
	}
	return id
}

// result returns the account up to stamp, and whose its points are, which have no
// frames yet. when makes a time of a stamp, and span one of ticks.
func (m *mapped) result(stamp uint64, when func(uint64) uint64, span func(heap.Ticks) uint64) (*dhat.Mappings, []mappedBy) {
	account := m.account.Finish(stamp)
	result := &dhat.Mappings{PeakTime: when(account.PeakStamp)}
	var sites []mappedBy
	for id, s := range account.Sites {
		if s.TotalBytes == 0 {
			continue // its calls only unmapped or moved something
		}
		result.Points = append(result.Points, dhat.Point{
			TotalBytes: s.TotalBytes, TotalBlocks: s.TotalBlocks,
			TotalLifetime: span(s.Lifetime),
			MaxBytes:      s.MaxBytes, MaxBlocks: s.MaxBlocks,
			PeakBytes: s.PeakBytes, PeakBlocks: s.PeakBlocks,
			EndBytes: s.EndBytes, EndBlocks: s.EndBlocks,
		})
		sites = append(sites, m.order[id])
	}
	return result, sites
}
