package procfs

import (
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// pageScan asks the kernel for the pages of a process by the ioctl PAGEMAP_SCAN.
type pageScan struct {
	pagemap *os.File
	arg     *pageScanArg
	regions []pageRegion
}

// pageScanArg is pm_scan_arg, and pageRegion page_region, of linux/fs.h.
type pageScanArg struct {
	size, flags, start, end, walkEnd      uint64
	vec, vecLen, maxPages                 uint64
	inverted, mask, anyOfMask, returnMask uint64
}

type pageRegion struct{ start, end, categories uint64 }

const (
	pagemapScan = 0xc0606610 // _IOWR('f', 16, struct pm_scan_arg)

	pageIsFile    = 1 << 2
	pageIsInRAM   = 1 << 3
	pageIsSwapped = 1 << 4
	pageIsZeroes  = 1 << 5 // the one that is shown where nothing was written, which smaps does not count

	// scanAtOnce is how many bytes of addresses are scanned at once: the process cannot map or unmap
	// meanwhile.
	scanAtOnce = 1 << 30
)

func newPageScan(pagemap *os.File) *pageScan {
	return &pageScan{pagemap: pagemap, arg: new(pageScanArg), regions: make([]pageRegion, 512)}
}

// pageQuestion is which pages are wanted: those in any of some categories, and in none of others. asks is
// what is to be told of them.
type pageQuestion struct{ any, none, asks uint64 }

// each calls f for the wanted pages from start up to end, with the categories of them that were asked for.
func (s *pageScan) each(start, end uint64, q pageQuestion, f func(pages pageRange, categories uint64)) error {
	for start < end {
		to := end
		if end-start > scanAtOnce {
			to = start + scanAtOnce
		}
		*s.arg = pageScanArg{
			size: uint64(unsafe.Sizeof(*s.arg)), start: start, end: to,
			vec: uint64(uintptr(unsafe.Pointer(&s.regions[0]))), vecLen: uint64(len(s.regions)),
			inverted: q.none, mask: q.none, anyOfMask: q.any, returnMask: q.any | q.asks,
		}
		n, _, err := unix.Syscall(unix.SYS_IOCTL, s.pagemap.Fd(), pagemapScan, uintptr(unsafe.Pointer(s.arg)))
		runtime.KeepAlive(s)
		switch err {
		case 0:
		case unix.EINTR:
			continue
		case unix.EFAULT:
			return nil // the kernel's own addresses
		case unix.ENOTTY, unix.EINVAL:
			return errNoScan
		default:
			return err
		}
		for _, r := range s.regions[:n] {
			f(pageRange{r.start, r.end}, r.categories)
		}
		if s.arg.walkEnd <= start {
			return errNoScan // it would not end
		}
		start = s.arg.walkEnd
	}
	return nil
}
