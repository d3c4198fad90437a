//go:build linux && (amd64 || arm64)

package halt

import (
	"bytes"
	"os"
	"strings"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"
)

// A process like this one that was killed while a thread of the other process's was borrowed has left the stub behind, and for a
// moment perhaps threads in it: one that becomes what it was, and one that is about to make its last system call, and ends.

// HasStray reports whether a stub lies in a process: somebody has borrowed one of its threads just now, or was killed meanwhile.
func HasStray(p procfs.Process) bool {
	at := slack(p, stubBytes)
	if at == 0 || len(stub) == 0 {
		return false
	}
	there := make([]byte, stubLend)
	_, err := ReadMemory(int(p), there, at)
	return err == nil && isStub(there)
}

// isStub reports whether bytes begin with the code of a stub.
func isStub(there []byte) bool {
	return bytes.Equal(there[:stubLend], stub[:stubLend]) || bytes.Equal(there[:stubLend], urgentStub[:stubLend])
}

// RemoveStray takes away a stub that was left behind. The error is an *Error, of what passes, if a thread stands in it still: until then
// nothing may be taken away either that such a thread may be about to map.
func (s *Stopped) RemoveStray() error {
	if len(stub) == 0 {
		return nil
	}
	at := slack(s.Memory(), stubBytes)
	if at == 0 {
		return nil
	}
	was, err := s.beneath(at)
	if err != nil || was == nil {
		return err
	}
	return writeForced(int(s.Memory()), was, at)
}

// beneath returns what the bytes at the place of the stub are without one, if one was left there; else nil.
func (s *Stopped) beneath(at uint64) ([]byte, error) {
	there := make([]byte, stubBytes)
	if _, err := ReadMemory(int(s.Memory()), there, at); err != nil {
		return nil, err
	}
	if !isStub(there) {
		return nil, nil
	}
	for _, t := range s.threads {
		if t.PC()-at < uint64(stubBytes) {
			return nil, &Error{profile.Cause{Code: profile.ThreadNotStopped, Number: int64(t.ID)}}
		}
	}
	return original(s.Memory(), at, stubBytes)
}

// original returns what was mapped at an address before anybody has written to it: what its file has there, or zeros.
func original(p procfs.Process, at uint64, size int) ([]byte, error) {
	was := make([]byte, size)
	maps, err := p.Maps()
	if err != nil {
		return nil, err
	}
	m, ok := procfs.MappingAt(maps, at)
	if !ok || !strings.HasPrefix(m.Path, "/") {
		return was, nil
	}
	file, err := os.Open(procfs.File{Path: m.Path, Parts: []procfs.Mapping{m}}.PathFrom(p))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	_, _ = file.ReadAt(was, int64(m.Offset+at-m.Start)) // behind the end of the file are zeros
	return was, nil
}
