//go:build linux && (amd64 || arm64)

package shm

import (
	"math"
	"os"

	"golang.org/x/sys/unix"
)

// recordedFile is a file that all who are recorded have mapped, shared and writable, and
// nobody else. It tells whether any of them lives without asking who they are: as long as
// somebody has it mapped so, the kernel refuses to seal it against writing.
type recordedFile struct {
	file *os.File // nil: there are no such files
}

func newRecordedFile() recordedFile {
	fd, err := unix.MemfdCreate("heapprof-living", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return recordedFile{}
	}
	return recordedFile{os.NewFile(uintptr(fd), "memfd:heapprof-living")}
}

// descriptor is what the programs find the file by: its number in this process, or the
// greatest number there is where there is no such file.
func (r recordedFile) descriptor() uint32 {
	if r.file == nil {
		return math.MaxUint32
	}
	return uint32(r.file.Fd())
}

// isUnmapped reports whether nobody has the file mapped, and whether that is known. Once
// nobody has, nobody can map it any more.
func (r recordedFile) isUnmapped() (yes, known bool) {
	if r.file == nil {
		return false, false
	}
	switch _, err := unix.FcntlInt(r.file.Fd(), unix.F_ADD_SEALS, unix.F_SEAL_WRITE); err {
	case nil:
		return true, true
	case unix.EBUSY:
		return false, true
	}
	return false, false
}

func (r recordedFile) close() {
	if r.file != nil {
		r.file.Close()
	}
}

// NobodyLives reports whether no process that has been recorded lives, and whether that is
// known. Once it has reported that nobody does, no further process can be recorded.
func (m *Memory) NobodyLives() (yes, known bool) { return m.recorded.isUnmapped() }
