//go:build !unix

package symbol

import "os"

// mapFile reads the file where there is no mapping.
func mapFile(path string) (data []byte, unmap func() error, err error) {
	data, err = os.ReadFile(path)
	return data, func() error { return nil }, err
}
