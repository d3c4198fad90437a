package procfs

import (
	"encoding/binary"
	"os"
)

// Pagemap tells which pages of a process are in RAM. It needs no privileges for its own
// processes: only where pages lie is secret.
type Pagemap struct {
	file   *os.File
	page   uint64
	buffer []byte
}

// pagesAtOnce is how many pages a Pagemap asks the kernel of at once.
const pagesAtOnce = 4096

// Pagemap opens the pagemap of the process.
func (p Process) Pagemap() (*Pagemap, error) {
	file, err := os.Open(p.Path("pagemap"))
	if err != nil {
		return nil, err
	}
	return &Pagemap{file: file, page: uint64(os.Getpagesize()), buffer: make([]byte, 8*pagesAtOnce)}, nil
}

// Close closes it.
func (m *Pagemap) Close() { m.file.Close() }

// Page returns the size of a page, in bytes.
func (m *Pagemap) Page() uint64 { return m.page }

// Each calls f for each page from the address start, which begins one, up to end, and says
// whether it is in RAM. The page of zeroes that the kernel shows where nothing was written
// counts as if it were.
func (m *Pagemap) Each(start, end uint64, f func(address uint64, present bool)) error {
	return m.each(start, end, func(address, entry uint64) { f(address, isPresent(entry)) })
}

// each calls f for each page from start up to end with what the kernel says of it.
func (m *Pagemap) each(start, end uint64, f func(address, entry uint64)) error {
	for start < end {
		want := min((end-start+m.page-1)/m.page, pagesAtOnce)
		n, err := m.file.ReadAt(m.buffer[:8*want], int64(start/m.page*8))
		if n < 8 {
			return err // of a process that has ended, too
		}
		for at := 0; at+8 <= n; at += 8 {
			f(start, binary.NativeEndian.Uint64(m.buffer[at:]))
			start += m.page
		}
	}
	return nil
}

// isPresent reports whether an entry of pagemap is of a page in RAM.
func isPresent(entry uint64) bool { return entry>>63 != 0 }

// isWritten reports whether an entry of pagemap is of a page that is no file's and not shared: in RAM, or
// swapped out.
func isWritten(entry uint64) bool { return entry>>62 != 0 && entry>>61&1 == 0 }
