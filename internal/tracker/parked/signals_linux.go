//go:build linux && (amd64 || arm64)

package parked

import (
	"encoding/binary"

	"heapprof/internal/tracker/halt"

	"golang.org/x/sys/unix"
)

// mostAsked is how many threads are asked for their signal stacks, each of which takes a tenth of a millisecond.
const mostAsked = 100

// readSignalStacks asks the threads, the first ones of very many, where they have stacks for signals: only the kernel
// knows, and what a program has allocated for one it need not remember itself.
func (m *making) readSignalStacks(filters int) {
	m.signals = make(map[int]uint64)
	for _, t := range m.threads[:min(len(m.threads), mostAsked)] {
		if halt.IsFiltered(m.stopped.Process(), t.ID, filters) || !m.stopped.MayCall(t) {
			continue
		}
		_ = t.Borrow(m.lent, func() error {
			at, err := m.signalStack(t)
			if err == nil {
				m.signals[t.ID] = at
			}
			return err
		})
	}
}

// signalStack returns where a thread, which is borrowed, has its stack for signals; 0: it has none. The kernel writes
// that below what the thread may use of its stack, where what was there is put back: it may be another one's.
func (m *making) signalStack(t *halt.Thread) (uint64, error) {
	const flagsAt, disabled = 8, 2 // stack_t: ss_sp, ss_flags, ss_size; SS_DISABLE
	var before, stack [24]byte
	pid, at := int(m.stopped.Memory()), t.Free()-uint64(len(stack))
	if _, err := halt.ReadMemory(pid, before[:], at); err != nil {
		return 0, err
	}
	_, err := t.Call(m.instruction, unix.SYS_SIGALTSTACK, 0, at)
	if err == nil {
		_, err = halt.ReadMemory(pid, stack[:], at)
	}
	local, remote := []unix.Iovec{{Base: &before[0]}}, []unix.RemoteIovec{{Base: uintptr(at), Len: len(before)}}
	local[0].SetLen(len(before))
	if _, writeErr := unix.ProcessVMWritev(pid, local, remote, 0); err == nil {
		err = writeErr
	}
	if err != nil || binary.NativeEndian.Uint32(stack[flagsAt:])&disabled != 0 {
		return 0, err
	}
	return binary.NativeEndian.Uint64(stack[:]), nil
}
