package attach

import (
	"bytes"
	"encoding/binary"
	"os"
	"slices"
	"strings"

	"heapprof/internal/procfs"
)

// signalFrame tells the frame of a signal by what lies on the stack from the address of the code on that a handler returns
// to (struct rt_sigframe: pretcode and uc). It returns where the interrupted instruction's address is in that, and the
// stack pointer of the interrupted.
func signalFrame(stack []byte) (pcAt int, sp uint64, ok bool) {
	const contextAt = 8 + 8 + 8 + 24 // pretcode, uc_flags, uc_link, uc_stack
	const spAt, ripAt, csAt = contextAt + 15*8, contextAt + 16*8, contextAt + 18*8
	if len(stack) < csAt+8 {
		return 0, 0, false
	}
	const user64 = 0x33
	return ripAt, binary.LittleEndian.Uint64(stack[spAt:]), binary.LittleEndian.Uint16(stack[csAt:]) == user64
}

// returnCode is how handlers of signals return: mov $15, %rax, or %eax, and a system call.
var returnCode = [][]byte{{0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05}, {0xb8, 0x0f, 0, 0, 0, 0x0f, 0x05}}

// signalReturns returns the addresses to which handlers of signals return, as far as the code of the program and its
// libraries has them.
func signalReturns(memory *os.File, all []procfs.Mapping) (found []uint64) {
	const most, step, overlap = 256 << 20, 1 << 20, 16 // bytes: of one mapping, read at once, and read again with the next
	code := make([]byte, step+overlap)
	for _, m := range all {
		if m.Protection[2] != 'x' || m.Protection[0] != 'r' || strings.HasPrefix(m.Path, "[vsyscall") {
			continue
		}
		for from, end := m.Start, min(m.End, m.Start+most); from < end; from += step {
			n, _ := memory.ReadAt(code[:min(step+overlap, end-from)], int64(from))
			for _, sequence := range returnCode {
				for at := 0; ; at++ {
					i := bytes.Index(code[at:n], sequence)
					if i < 0 || at+i >= step {
						break
					}
					at += i
					found = append(found, from+uint64(at))
				}
			}
		}
	}
	slices.Sort(found)
	return found
}
