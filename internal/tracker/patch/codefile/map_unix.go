//go:build unix

package codefile

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// mapFile maps a file of so many bytes read-only: only the pages that are looked at
// are read.
func mapFile(f *os.File, size int64) (data []byte, unmap func(), err error) {
	if size == 0 || int64(int(size)) != size {
		return nil, nil, fmt.Errorf("%s has %d bytes, and cannot be mapped", f.Name(), size)
	}
	data, err = unix.Mmap(int(f.Fd()), 0, int(size), unix.PROT_READ, unix.MAP_PRIVATE)
	if err != nil {
		return nil, nil, fmt.Errorf("%s cannot be mapped: %w", f.Name(), err)
	}
	return data, func() { _ = unix.Munmap(data) }, nil
}
