package procfs

import (
	"errors"
)

// Written tells which pages a process has of its own: those of private mappings that it has written
// to, whether they are in RAM or were swapped out. A page of zeroes that was only read is none. It is not safe for
// concurrent use.
type Written struct {
	pagemap *Pagemap
	scan    *pageScan // nil where the kernel cannot scan pages: Linux before 6.7
}

// Written opens it. The caller must close it.
func (p Process) Written() (*Written, error) {
	pagemap, err := p.Pagemap()
	if err != nil {
		return nil, err
	}
	return &Written{pagemap: pagemap, scan: newPageScan(pagemap.file)}, nil
}

// Close closes it.
func (w *Written) Close() { w.pagemap.Close() }

// Each calls f for the pages from start, which begins one, up to end: for those that lie one behind the other
// at once, in ascending order. Of a shared mapping there are none.
func (w *Written) Each(start, end uint64, f func(start, end uint64)) error {
	return w.each(start, end, pageQuestion{any: pageIsInRAM | pageIsSwapped, none: pageIsFile | pageIsZeroes}, isWritten, f)
}

// EachShared is Each for pages of a shared mapping that the process has read or written.
func (w *Written) EachShared(start, end uint64, f func(start, end uint64)) error {
	return w.each(start, end, pageQuestion{any: pageIsInRAM}, isPresent, f)
}

// each calls f for runs of pages that a question is for, or, where it cannot be asked, for which is is true.
func (w *Written) each(start, end uint64, q pageQuestion, is func(entry uint64) bool, f func(start, end uint64)) error {
	run := pageRange{start, start}
	add := func(pages pageRange) {
		if pages.start != run.end {
			if run.end > run.start {
				f(run.start, run.end)
			}
			run.start = pages.start
		}
		run.end = pages.end
	}
	err := errNoScan
	if w.scan != nil {
		err = w.scan.each(start, end, q, func(pages pageRange, _ uint64) { add(pages) })
	}
	if errors.Is(err, errNoScan) {
		w.scan, run = nil, pageRange{start, start}
		err = w.pagemap.each(start, end, func(at, entry uint64) {
			if is(entry) {
				add(pageRange{at, at + w.pagemap.page})
			}
		})
	}
	if run.end > run.start {
		f(run.start, run.end)
	}
	return err
}
