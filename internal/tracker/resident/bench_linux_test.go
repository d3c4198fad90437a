package resident

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"heapprof/internal/procfs"
	"heapprof/internal/sizeclass"
	"heapprof/internal/tracker/heap"
	"unsafe"
)

func BenchmarkRead(b *testing.B) {
	const size = 256 << 20
	memory, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		b.Fatal(err)
	}
	defer unix.Munmap(memory)
	for i := 0; i < len(memory); i += os.Getpagesize() {
		memory[i] = 1
	}
	h := heap.New(heap.Options{})
	site, thread := h.NewSite(), new(heap.Thread)
	start := uint64(uintptr(unsafe.Pointer(&memory[0])))
	for at := uint64(0); at+112 <= size; at += 112 {
		h.Alloc(thread, start+at+16, 100, at, site)
	}
	self, _ := procfs.Self()
	b.Run("clone", func(b *testing.B) {
		for b.Loop() {
			h.Live()
		}
	})
	s := &Subject{Proc: self, Live: h.Live(), Allocator: sizeclass.Glibc, Memory: "/memfd:heapprof"}
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			survey, err := self.Survey(nil)
			if err != nil {
				b.Fatal(err)
			}
			if r, err := read(s, survey); err != nil || r.Total() < size {
				b.Fatal(r, err)
			}
			survey.Close()
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(s.Live.Blocks), "ns/block")
	})
	few := heap.New(heap.Options{})
	pinning := few.NewSite()
	for at := uint64(0); at+112 <= size; at += 8 << 10 {
		few.Alloc(thread, start+at+16, 100, at, pinning)
	}
	b.Run("pinned", func(b *testing.B) {
		s := &Subject{Proc: self, Live: few.Live(), Allocator: sizeclass.Glibc, Memory: "/memfd:heapprof"}
		for b.Loop() {
			survey, err := self.Survey(nil)
			if err != nil {
				b.Fatal(err)
			}
			if r, err := read(s, survey); err != nil || r.Total() < size {
				b.Fatal(r, err)
			}
			survey.Close()
		}
	})
	b.Run("kernel", func(b *testing.B) {
		for b.Loop() {
			survey, err := self.Survey(nil)
			if err != nil {
				b.Fatal(err)
			}
			survey.Close()
		}
	})
	b.Run("flags", func(b *testing.B) {
		for b.Loop() {
			if _, err := self.Flags(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
