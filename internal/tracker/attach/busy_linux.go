//go:build linux && (amd64 || arm64)

package attach

import (
	"encoding/binary"
	"os"
	"slices"

	"heapprof/internal/procfs"
	"heapprof/internal/tracker/halt"
	"heapprof/internal/tracker/wire"
)

// presence is what of the library and of code for it there is in a process that stands still.
type presence struct {
	memory  *os.File
	maps    []procfs.Mapping
	ours    spans // where code of ours is, or may have been
	guest   *wire.Guest
	hooks   map[uint64][]uint64 // the frames of hooks that may be under way, by the thread's pointer
	returns []uint64            // where handlers of signals return to
}

// newPresence reads what the library tells of itself. guest is the address of its wire.Guest; 0: it has not been started.
func newPresence(memory *os.File, maps []procfs.Mapping, ours spans, guest uint64, returns []uint64) (*presence, error) {
	p := &presence{memory: memory, maps: maps, ours: ours, returns: returns, hooks: make(map[uint64][]uint64)}
	if guest == 0 {
		return p, nil
	}
	p.guest = new(wire.Guest)
	if err := structure(memory, guest, p.guest); err != nil {
		return nil, err
	}
	return p, p.readHooks()
}

// readHooks reads which hooks may be under way.
func (p *presence) readHooks() error {
	return entries(p.memory, p.guest.Threads, p.guest.ThreadPlaces, uint64(binary.Size(wire.GuestThread{})), func(entry []byte, _ uint64) {
		if binary.LittleEndian.Uint64(entry) == 0 {
			return // without a thread, as most are
		}
		var t wire.GuestThread
		if _, err := binary.Decode(entry, binary.LittleEndian, &t); err != nil {
			return
		}
		for _, frame := range []uint64{t.Outermost, t.Innermost} {
			if frame != 0 {
				p.hooks[t.Pointer] = append(p.hooks[t.Pointer], frame)
			}
		}
	})
}

// busy returns the id of a thread that is in code of ours, or will return to it; 0 if none is.
func (p *presence) busy(s *halt.Stopped) int {
	if p.guest != nil {
		if placeless, err := word(p.memory, p.guest.Placeless); err == nil && uint32(placeless) != 0 {
			return int(s.Process())
		}
	}
	for _, t := range s.Threads() {
		if r := t.Registers(); p.isHere(r) || slices.ContainsFunc(p.hooks[r.ThreadPointer], func(frame uint64) bool { return !p.wasLeft(frame, r.SP) }) {
			return t.ID
		}
	}
	return 0
}

// isHere reports whether a thread is in code of ours, or a signal has interrupted it there.
func (p *presence) isHere(r halt.Registers) bool {
	return p.ours.has(r.PC) || slices.ContainsFunc(interruptions(p.memory, p.maps, r.SP, p.returns), func(i interrupted) bool { return p.ours.has(i.pc) })
}

// wasLeft reports whether a hook, whose frame is given, was certainly left for good by a thread with a stack pointer: by a jump
// past it, or by an exception.
func (p *presence) wasLeft(frame, sp uint64) bool {
	if sp > frame {
		m, ok := procfs.MappingAt(p.maps, frame)
		if ok && sp < m.End {
			return true
		}
	}
	call, err := word(p.memory, wire.HookCall(frame))
	return err != nil || call < p.guest.Start || call >= p.guest.End
}
