package procfs

import (
	"os"
	"slices"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

func TestPagesThatWereTouchedAreInRAM(t *testing.T) {
	page := os.Getpagesize()
	memory, err := unix.Mmap(-1, 0, 5*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(memory)
	memory[page], memory[3*page] = 1, 1
	self, err := Self()
	if err != nil {
		t.Fatal(err)
	}
	m, err := self.Pagemap()
	if err != nil {
		t.Skip("the kernel shows no pages: ", err)
	}
	defer m.Close()
	start := uint64(uintptr(unsafe.Pointer(&memory[0])))
	var all []bool
	err = m.Each(start, start+m.Page()*5, func(address uint64, present bool) {
		if want := start + m.Page()*uint64(len(all)); address != want {
			t.Errorf("a page at %#x, want %#x", address, want)
		}
		all = append(all, present)
	})
	if want := []bool{false, true, false, true, false}; err != nil || !slices.Equal(all, want) {
		t.Errorf("%v, %v; want %v", all, err, want)
	}
	if err := Process(1 << 30).EachMapped(func(MappedMemory) {}); err == nil {
		t.Error("a process that there is not has mappings")
	}
}

func TestTheMemoryOfAMappingIsRead(t *testing.T) {
	page := os.Getpagesize()
	memory, err := unix.Mmap(-1, 0, 5*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(memory)
	if err := unix.Madvise(memory, unix.MADV_DONTDUMP); err != nil { // no mapping beside it is like that
		t.Fatal(err)
	}
	memory[0] = 1
	self, _ := Self()
	start := uint64(uintptr(unsafe.Pointer(&memory[0])))
	found := false
	err = self.EachMapped(func(m MappedMemory) {
		if m.Start <= start && start < m.End {
			found = m.Resident == uint64(page) && m.Anonymous == uint64(page) && m.HasFlags("dd", "wr") && !m.HasFlags("dd", "ex")
		}
	})
	if err != nil || !found {
		t.Errorf("it is not found as it is: %v", err)
	}
}
