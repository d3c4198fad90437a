package resident

import (
	"cmp"
	"maps"
	"slices"

	"heapprof/internal/procfs"
	"heapprof/internal/sizeclass"
	"heapprof/internal/tracker/heap"
)

// page is what is in one page.
type page struct {
	live, rounding uint32 // bytes
	blocks         uint32 // that are in it; while pins are shared out, those that have no share yet
	free           uint32 // bytes that are pinned and not shared out yet
	present        bool   // whether it is in RAM
	pinned         bool   // whether most of it is free
	several        bool   // while pins are shared out, whether a block has had its share
}

// regionBytes is the size of what has a table of its own.
const regionBytes = heap.RegionBytes

// pageTable are the pages that have blocks.
type pageTable struct {
	size    uint64            // of a page
	regions map[uint64][]page // by the address divided by regionBytes
	pinned  map[uint64]bool   // the regions that have a pinned page, by their first addresses
	last    uint64            // the region that was looked for last, plus 1
	pages   []page            // its
}

func newPageTable(size uint64) *pageTable {
	return &pageTable{size: size, regions: make(map[uint64][]page), pinned: make(map[uint64]bool)}
}

// at returns the page of an address, which is in the table afterwards.
func (t *pageTable) at(address uint64) *page {
	number := address / regionBytes
	if number+1 != t.last {
		pages := t.regions[number]
		if pages == nil {
			pages = make([]page, regionBytes/t.size)
			t.regions[number] = pages
		}
		t.last, t.pages = number+1, pages
	}
	return &t.pages[address%regionBytes/t.size]
}

// each calls f for each page that the bytes from start up to end touch, and how many of them it has.
func (t *pageTable) each(start, end uint64, f func(p *page, bytes uint32)) {
	for start < end {
		next := min(start-start%t.size+t.size, end)
		f(t.at(start), uint32(next-start))
		start = next
	}
}

// extent is where a block lies, with what it takes besides.
type extent struct{ start, end uint64 }

// extentOf returns the extent of a block in a zone; alone is whether it is one that glibc has
// mapped alone.
func extentOf(addr, size uint64, of sizeclass.Allocator, mayBeAlone bool, pageSize uint64) (e extent, alone bool) {
	const header = 8 // before a block of glibc's; one that is mapped alone has two
	if of != sizeclass.Glibc {
		return extent{addr, addr + max(of.Taken(size), size)}, false
	}
	if mayBeAlone && addr%pageSize == 2*header {
		start := addr - 2*header
		return extent{start, (addr + size + pageSize - 1) &^ (pageSize - 1)}, true
	}
	return extent{addr - header, addr - header + sizeclass.GlibcChunk(size)}, false
}

// add puts a block of so many bytes into the pages that it lies in.
func (t *pageTable) add(addr, size uint64, e extent) {
	if start := min(e.start, addr); start%t.size+(max(e.end, addr+size)-start) <= t.size {
		p := t.at(start)
		p.blocks++
		p.live += uint32(size)
		p.rounding += uint32(e.end - e.start - min(size, e.end-e.start))
		return
	}
	t.each(e.start, e.end, func(p *page, bytes uint32) {
		p.blocks++
		p.rounding += bytes
	})
	t.each(addr, addr+size, func(p *page, bytes uint32) {
		p.live += bytes
		p.rounding -= min(bytes, p.rounding)
	})
}

// look asks which of the pages are in RAM.
func (t *pageTable) look(survey *procfs.Survey) error {
	for _, number := range slices.SortedFunc(maps.Keys(t.regions), cmp.Compare[uint64]) {
		pages := t.regions[number]
		first, last := -1, 0
		for i := range pages {
			if pages[i].blocks != 0 {
				if first < 0 {
					first = i
				}
				last = i
			}
		}
		if first < 0 {
			continue
		}
		base := number * regionBytes
		err := survey.Each(base+uint64(first)*t.size, base+uint64(last+1)*t.size, func(address uint64, present bool) {
			pages[address%regionBytes/t.size].present = present
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// hasPinned reports whether the region with that first address has a page that is pinned. One
// that begins in the region before may end there.
func (t *pageTable) hasPinned(region uint64) bool {
	return t.pinned[region] || t.pinned[region+regionBytes]
}
