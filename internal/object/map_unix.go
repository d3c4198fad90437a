//go:build unix

package object

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// mapFile maps a file of so many bytes, of which there are some, to be read.
func mapFile(f *os.File, size int64) (data []byte, unmap func() error, err error) {
	if int64(int(size)) != size {
		return nil, nil, errors.New("it is too large")
	}
	data, err = unix.Mmap(int(f.Fd()), 0, int(size), unix.PROT_READ, unix.MAP_PRIVATE)
	if err != nil {
		return nil, nil, err
	}
	return data, func() error { return unix.Munmap(data) }, nil
}
