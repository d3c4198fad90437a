//go:build linux && (amd64 || arm64)

package shm

import (
	"math"
	"os"

	"golang.org/x/sys/unix"
)

// recordedFile is a file that every recorded process has mapped, shared and writable, and
// no other process has. It tells whether any of them lives without asking which they are:
// as long as one has the file mapped, the kernel refuses to seal it against writing.
type recordedFile struct {
	file *os.File // nil: there are no such files
}

// newRecordedFile makes a recordedFile, an empty one where the kernel cannot seal files.
func newRecordedFile() recordedFile {
	fd, err := unix.MemfdCreate("heapprof-living", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return recordedFile{}
	}
	return recordedFile{os.NewFile(uintptr(fd), "memfd:heapprof-living")}
}

// descriptor returns the number by which this process has the file open, for the programs
// to find it by; math.MaxUint32 where there is no file.
func (r recordedFile) descriptor() uint32 {
	if r.file == nil {
		return math.MaxUint32
	}
	return uint32(r.file.Fd())
}

// isUnmapped reports whether no process has the file mapped, and whether that is known.
// Once that is so, no process can map it any more.
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

// NobodyLives reports whether no recorded process lives, and whether that is known. Once it
// has reported that none does, no further process can be recorded.
func (m *Memory) NobodyLives() (yes, known bool) { return m.recorded.isUnmapped() }
