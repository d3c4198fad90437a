package procfs

import (
	"cmp"
	"errors"
	"os"
	"slices"
	"strings"
)

// Survey is what of a process's mappings was in RAM at one moment.
type Survey struct {
	Parts []MappedMemory // the mappings, in ascending order

	present []pageRange // the pages in RAM of those that are of no file and not shared, in ascending order
	page    uint64
	pagemap *Pagemap // where the kernel cannot scan pages: to be asked
}

// pageRange is pages that lie one behind the other.
type pageRange struct{ start, end uint64 }

// errNoScan is that the kernel cannot scan pages: it is older than Linux 6.7.
var errNoScan = errors.New("the kernel cannot scan the pages of a process")

// Survey tells what of each mapping of the process is in RAM, and which pages of its anonymous memory
// are. Of the mappings those flags are known that are given. The caller must close it.
//
// The kernel scans its tables of pages for that, and not what it knows of each page, which takes a
// tenth of the time that smaps takes. Before Linux 6.7 it is smaps that is read, and pagemap when it is asked
// for pages.
func (p Process) Survey(flags Flags) (*Survey, error) {
	pagemap, err := p.Pagemap()
	if err != nil {
		return nil, err
	}
	s := &Survey{page: pagemap.Page()}
	err = s.scan(p, pagemap.file, flags)
	if errors.Is(err, errNoScan) {
		*s = Survey{page: pagemap.Page(), pagemap: pagemap}
		err = p.EachMapped(func(m MappedMemory) { s.Parts = append(s.Parts, m) })
	}
	if err != nil || !s.IsOld() {
		pagemap.Close()
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Close closes it.
func (s *Survey) Close() {
	if s.pagemap != nil {
		s.pagemap.Close()
	}
}

// IsOld reports whether the kernel is one that takes ten times as long for a survey.
func (s *Survey) IsOld() bool { return s.pagemap != nil }

// scan looks which pages of all mappings are in RAM.
func (s *Survey) scan(p Process, pagemap *os.File, flags Flags) error {
	maps, err := p.Maps()
	if err != nil {
		return err
	}
	s.Parts = make([]MappedMemory, 0, len(maps))
	scan := newPageScan(pagemap)
	for _, m := range maps {
		part := MappedMemory{Mapping: m, flags: flags[[2]uint64{m.Start, m.End}]}
		// Whether a page of a private file was written is told by what the kernel knows of the page.
		isFile := strings.HasPrefix(m.Path, "/") || strings.HasPrefix(m.Path, "[v") || m.Protection[3] == 's'
		question := pageQuestion{any: pageIsInRAM, none: pageIsZeroes}
		if isFile {
			question.asks = pageIsFile
		}
		err := scan.each(m.Start, m.End, question, func(pages pageRange, categories uint64) {
			bytes := pages.end - pages.start
			part.Resident += bytes
			if categories&pageIsFile == 0 {
				part.Anonymous += bytes
			}
			if !isFile {
				s.present = append(s.present, pages)
			}
		})
		if err != nil {
			return err
		}
		s.Parts = append(s.Parts, part)
	}
	return nil
}

// Page returns the size of a page, in bytes.
func (s *Survey) Page() uint64 { return s.page }

// Each is as that of a [Pagemap], of pages in mappings that are of no file and not shared.
func (s *Survey) Each(start, end uint64, f func(address uint64, present bool)) error {
	if s.pagemap != nil {
		return s.pagemap.Each(start, end, f)
	}
	i, _ := slices.BinarySearchFunc(s.present, start, func(r pageRange, at uint64) int { return cmp.Compare(r.end, at+1) })
	for ; start < end; start += s.page {
		for i < len(s.present) && s.present[i].end <= start {
			i++
		}
		f(start, i < len(s.present) && s.present[i].start <= start)
	}
	return nil
}
