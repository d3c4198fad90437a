//go:build !unix

package codefile

import (
	"io"
	"os"
)

// mapFile reads the file where there is no mapping.
func mapFile(f *os.File, size int64) (data []byte, unmap func(), err error) {
	data = make([]byte, size)
	_, err = io.ReadFull(f, data)
	return data, func() {}, err
}
