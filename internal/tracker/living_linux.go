//go:build linux && (amd64 || arm64)

package tracker

import (
	"math"
	"os"

	"golang.org/x/sys/unix"
)

// living is a file that all who are recorded have mapped, shared and writable, and nobody
// else. It tells whether any of them lives without asking who they are: as long as
// somebody has it mapped so, the kernel refuses to seal it against writing.
type living struct {
	file *os.File // nil: there are no such files
}

func newLiving() living {
	fd, err := unix.MemfdCreate("heapprof-living", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return living{}
	}
	return living{os.NewFile(uintptr(fd), "memfd:heapprof-living")}
}

// descriptor is what the programs find the file by.
func (l living) descriptor() uint32 {
	if l.file == nil {
		return math.MaxUint32
	}
	return uint32(l.file.Fd())
}

// nobody reports whether nobody has it mapped, and whether that is known. Once nobody has,
// nobody can map it any more.
func (l living) nobody() (yes, known bool) {
	if l.file == nil {
		return false, false
	}
	switch _, err := unix.FcntlInt(l.file.Fd(), unix.F_ADD_SEALS, unix.F_SEAL_WRITE); err {
	case nil:
		return true, true
	case unix.EBUSY:
		return false, true
	}
	return false, false
}

func (l living) close() {
	if l.file != nil {
		l.file.Close()
	}
}
