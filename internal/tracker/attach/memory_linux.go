//go:build linux && (amd64 || arm64)

package attach

import (
	"bytes"
	"encoding/binary"
	"os"

	"heapprof/internal/procfs"

	"golang.org/x/sys/unix"
)

// openMemory opens the memory of a process, to be read and written whatever the process itself may do with it. It
// stays that memory: when another program has taken the process over, or it has ended, there is nothing to be read.
func openMemory(p procfs.Process) (*os.File, error) {
	f, err := os.OpenFile(p.Path("mem"), os.O_RDWR, 0)
	if err == nil {
		return f, nil
	}
	// A process whose first thread has ended has its memory by the numbers of the others.
	ids, listErr := p.Threads()
	if listErr != nil {
		return nil, unix.ESRCH
	}
	for _, id := range ids {
		if g, err := os.OpenFile(procfs.Process(id).Path("mem"), os.O_RDWR, 0); err == nil {
			return g, nil
		}
	}
	return nil, err
}

// word reads a word of memory.
func word(m *os.File, at uint64) (uint64, error) {
	var b [8]byte
	_, err := m.ReadAt(b[:], int64(at))
	return binary.LittleEndian.Uint64(b[:]), err
}

// structure reads a structure of fixed size, or a list of such.
func structure(m *os.File, at uint64, to any) error {
	b := make([]byte, binary.Size(to))
	if _, err := m.ReadAt(b, int64(at)); err != nil {
		return err
	}
	_, err := binary.Decode(b, binary.LittleEndian, to)
	return err
}

// entries calls f with each entry of a table in which most are zeros, and with its address.
func entries(m *os.File, at uint64, places, bytesEach uint64, f func(entry []byte, at uint64)) error {
	const most, step = 1 << 20, 4096 // places, and bytes that are looked at at once
	table := make([]byte, min(places, most)*bytesEach)
	if _, err := m.ReadAt(table, int64(at)); err != nil {
		return err
	}
	var zeros [step]byte
	for len(table) > 0 {
		part := table[:min(step, len(table))]
		if !bytes.Equal(part, zeros[:len(part)]) {
			for i := uint64(0); i < uint64(len(part)); i += bytesEach {
				f(part[i:i+bytesEach], at+i)
			}
		}
		table, at = table[len(part):], at+uint64(len(part))
	}
	return nil
}
