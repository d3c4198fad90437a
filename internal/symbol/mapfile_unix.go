//go:build unix

package symbol

import (
	"fmt"

	"golang.org/x/sys/unix"

	"heapprof/internal/regular"
)

// mapFile maps a file read-only, so that only the pages that are looked at
// cost memory.
func mapFile(path string) (data []byte, unmap func() error, err error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	if info.Size() == 0 {
		return nil, nil, fmt.Errorf("%s is empty", path)
	}
	if int64(int(info.Size())) != info.Size() {
		return nil, nil, fmt.Errorf("%s is too large to map", path)
	}
	data, err = unix.Mmap(int(f.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_PRIVATE)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot map %s: %w", path, err)
	}
	return data, func() error { return unix.Munmap(data) }, nil
}
