//go:build linux

package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"heapprof/internal/procfs"
)

// differs is called with a page of a mapping that is not what it is to be.
type differs func(m procfs.Mapping, address uint64, page, want []byte)

// code is what the code of a process's files was when it was first seen.
type code struct {
	pid int
	// own are the pages that differed from their files then: the program, or its loader, has written to them.
	own map[uint64][sha256.Size]byte
}

// readCode looks at the code of a process that nobody has attached to.
func readCode(pid int) (*code, error) {
	c := &code{pid: pid, own: map[uint64][sha256.Size]byte{}}
	_, err := c.compare(true, func(_ procfs.Mapping, address uint64, page, _ []byte) {
		c.own[address] = sha256.Sum256(page)
	})
	return c, err
}

// differing returns the places of pages that are not what they were: what their file has, or what the program had made of it. Where all is set every page is
// compared, else those that the kernel has a copy of for this process alone. compared is how many were.
func (c *code) differing(all bool) (places []string, compared int, err error) {
	compared, err = c.compare(all, func(m procfs.Mapping, address uint64, page, want []byte) {
		if sum, known := c.own[address]; !known || sum != sha256.Sum256(page) {
			places = append(places, place(m, address, page, want))
		}
	})
	return places, compared, err
}

// place says which bytes of a page differ from what they are to be.
func place(m procfs.Mapping, address uint64, page, want []byte) string {
	first, count := -1, 0
	for i := range page {
		if page[i] != want[i] {
			if first < 0 {
				first = i
			}
			count++
		}
	}
	if first < 0 {
		return fmt.Sprintf("all of the page %#x of %s", address, m.Path)
	}
	until := min(first+16, len(page))
	return fmt.Sprintf("%d bytes from %#x of %s on, which begin with %x, not %x", count, address-m.Start+m.Offset+uint64(first), m.Path, page[first:until], want[first:until])
}

// compare calls differs with each page of code that is not as in its file.
func (c *code) compare(all bool, differs differs) (compared int, err error) {
	p := living(c.pid)
	maps, err := p.Maps()
	if err != nil {
		return 0, err
	}
	memory, err := os.Open(p.Path("mem"))
	if err != nil {
		return 0, err
	}
	defer memory.Close()
	for _, m := range maps {
		if m.Path == "[vdso]" {
			// It is of no file: the first time tells what it is to be.
			n, err := compareRange(memory, nothing{}, m, m.Start, m.End, differs)
			if err != nil {
				return compared, err
			}
			compared += n
			continue
		}
		if m.Protection[2] != 'x' || len(m.Path) == 0 || m.Path[0] != '/' || isOurs(m) {
			continue
		}
		n, err := compareMapping(p, memory, m, all, differs)
		for tries := 1; err != nil && tries < 100; tries++ {
			// The program may have unloaded the library since the mappings were read, and loaded it again.
			if now, mapsErr := p.Maps(); mapsErr == nil && !slices.ContainsFunc(now, func(o procfs.Mapping) bool { return o.Start == m.Start && o.Path == m.Path }) {
				n, err = 0, nil
				break
			}
			n, err = compareMapping(p, memory, m, all, differs)
		}
		if err != nil {
			return compared, fmt.Errorf("%s at %#x: %w", m.Path, m.Start, err)
		}
		compared += n
	}
	return compared, nil
}

// compareMapping compares the pages of a mapping with its file.
func compareMapping(p procfs.Process, memory *os.File, m procfs.Mapping, all bool, differs differs) (compared int, err error) {
	var file *os.File
	for _, path := range append(p.PathsOf(m), p.InRoot(m.Path)) {
		if file, err = os.Open(path); err == nil {
			break
		}
	}
	if file == nil {
		return 0, err
	}
	defer file.Close()
	if all {
		return compareRange(memory, file, m, m.Start, m.End, differs)
	}
	written, err := p.Written()
	if err != nil {
		return 0, err
	}
	defer written.Close()
	var failed error
	err = written.Each(m.Start, m.End, func(start, end uint64) {
		n, err := compareRange(memory, file, m, start, end, differs)
		compared += n
		failed = errors.Join(failed, err)
	})
	return compared, errors.Join(err, failed)
}

// compareRange compares a range of a mapping.
func compareRange(memory, file io.ReaderAt, m procfs.Mapping, start, end uint64, differs differs) (compared int, err error) {
	const most = 1 << 20
	size := uint64(os.Getpagesize())
	mine, want := make([]byte, most), make([]byte, most)
	for start < end {
		n := min(end-start, most)
		clear(mine)
		clear(want)
		// Behind the end of the file there is nothing to read.
		got, err := memory.ReadAt(mine[:n], int64(start))
		if wanted, fileErr := file.ReadAt(want[:n], int64(m.Offset+start-m.Start)); fileErr != nil && fileErr != io.EOF {
			return compared, fileErr
		} else if err != nil && got < wanted {
			return compared, err
		}
		for at := uint64(0); at < n; at += size {
			compared++
			if page := mine[at : at+size]; !bytes.Equal(page, want[at:at+size]) {
				differs(m, start+at, page, want[at:at+size])
			}
		}
		start += n
	}
	return compared, nil
}

// nothing is a file of zeroes.
type nothing struct{}

func (nothing) ReadAt(p []byte, _ int64) (int, error) {
	clear(p)
	return len(p), nil
}
