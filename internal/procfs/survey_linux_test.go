package procfs

import (
	"os"
	"path/filepath"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A survey and smaps are to tell the same of a mapping: pages that were written, those that were only read
// (of zeroes, which count nowhere), those of files, written or not, and those that are shared.
func TestASurveyTellsWhatSmapsTells(t *testing.T) {
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
	self, err := Self()
	if err != nil {
		t.Fatal(err)
	}
	mapped := func(fd, flags int, written ...int) uint64 {
		memory, err := unix.Mmap(fd, 0, 8*page, unix.PROT_READ|unix.PROT_WRITE, flags)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { unix.Munmap(memory) })
		if err := unix.Madvise(memory, unix.MADV_DONTDUMP); err != nil { // no mapping beside it is like that
			t.Fatal(err)
		}
		_ = memory[5*page] // read
		for _, i := range written {
			memory[i*page] = 1
		}
		return uint64(uintptr(unsafe.Pointer(&memory[0])))
	}
	const private, shared = unix.MAP_PRIVATE, unix.MAP_SHARED
	starts := map[uint64]string{
		mapped(-1, private|unix.MAP_ANON, 1, 2, 6): "anonymous", mapped(-1, shared|unix.MAP_ANON, 3): "shared",
		mapped(int(file.Fd()), private, 2, 4): "a file's, written", mapped(int(file.Fd()), shared, 7): "a file's",
	}
	survey, err := self.Survey(nil)
	if err != nil {
		t.Skip("the kernel shows no pages: ", err)
	}
	defer survey.Close()
	if survey.IsOld() {
		t.Skip("the kernel cannot scan pages: it is older than Linux 6.7")
	}
	smaps := make(map[uint64]MappedMemory)
	if err := self.EachMapped(func(m MappedMemory) { smaps[m.Start] = m }); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, m := range survey.Parts {
		what, ok := starts[m.Start]
		if want := smaps[m.Start]; ok && (m.Resident != want.Resident || m.Anonymous != want.Anonymous || m.KnowsFlags()) {
			t.Errorf("%s: %d bytes, %d of them anonymous; smaps says %d and %d", what, m.Resident, m.Anonymous, want.Resident, want.Anonymous)
		}
		if !ok {
			continue
		}
		seen++
		if what != "anonymous" {
			continue
		}
		var present []int
		if err := survey.Each(m.Start, m.End, func(address uint64, is bool) {
			if is {
				present = append(present, int(address-m.Start)/page)
			}
		}); err != nil || len(present) != 3 || present[0] != 1 || present[1] != 2 || present[2] != 6 {
			t.Errorf("the pages %v are in RAM: %v", present, err)
		}
	}
	if seen != len(starts) {
		t.Errorf("%d of %d mappings are told of", seen, len(starts))
	}
	flags, err := self.Flags()
	if err != nil {
		t.Fatal(err)
	}
	again, err := self.Survey(flags)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	for _, m := range again.Parts {
		if starts[m.Start] != "" && !m.HasFlags("dd") {
			t.Errorf("%s has not the flags that smaps tells", starts[m.Start])
		}
	}
}
