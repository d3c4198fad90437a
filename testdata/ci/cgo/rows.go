// Package rows allocates by the C library what the tests of docs/CI.md measure.
package rows

// #include <stdlib.h>
import "C"
import "unsafe"

// Load allocates so many blocks of 1000 bytes, and frees them.
func Load(rows int) int {
	table := make([]*C.char, rows)
	for i := range table {
		table[i] = (*C.char)(C.calloc(1, 1000))
	}
	for i := range table {
		C.free(unsafe.Pointer(table[i]))
	}
	return len(table)
}
