package procfs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Pages that a program has written are its own, whether its mapping is of a file or not; those that it has only
// read, and what it shares with others, are not.
func TestPagesThatWereWrittenAreTold(t *testing.T) {
	page := os.Getpagesize()
	name := filepath.Join(t.TempDir(), "mapped")
	if err := os.WriteFile(name, make([]byte, 8*page), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	mapped := func(fd, flags int) uint64 {
		memory, err := unix.Mmap(fd, 0, 8*page, unix.PROT_READ|unix.PROT_WRITE, flags)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { unix.Munmap(memory) })
		_ = memory[3*page] // read
		for _, i := range []int{1, 5, 6} {
			memory[i*page] = 1
		}
		return uint64(uintptr(unsafe.Pointer(&memory[0])))
	}
	self, err := Self()
	if err != nil {
		t.Fatal(err)
	}
	const written = "1 to 2, 5 to 7, "
	for _, c := range []struct {
		start uint64
		want  string
	}{
		{mapped(-1, unix.MAP_PRIVATE|unix.MAP_ANON), written},
		{mapped(int(file.Fd()), unix.MAP_PRIVATE), written},
		{mapped(int(file.Fd()), unix.MAP_SHARED), ""},
	} {
		for _, scans := range []bool{true, false} {
			w, err := self.Written()
			if err != nil {
				t.Skip("the kernel shows no pages: ", err)
			}
			want := c.want
			if !scans {
				w.scan = nil
			}
			pages := ""
			err = w.Each(c.start, c.start+uint64(8*page), func(start, end uint64) {
				pages += fmt.Sprintf("%d to %d, ", (start-c.start)/uint64(page), (end-c.start)/uint64(page))
			})
			shared := 0
			if c.want == "" {
				err = errors.Join(err, w.EachShared(c.start, c.start+uint64(8*page), func(start, end uint64) { shared += int(end-start) / page }))
			}
			w.Close()
			if c.want == "" && shared < 4 { // the kernel may map some beside those that were touched
				t.Errorf("%d shared pages, want the 4 that were read or written", shared)
			}
			if !scans && want == written && pages == "1 to 2, 3 to 4, 5 to 7, " {
				continue // pagemap has the page of zeroes, too
			}
			if err != nil || pages != want {
				t.Errorf("%s, %v; want %s (scans: %v)", pages, err, want, scans)
			}
		}
	}
}
