//go:build linux && (amd64 || arm64)

package attach

import (
	"os"

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
	threads []wire.GuestThread // by which the library knows of its own
	returns []uint64           // where handlers of signals return to
}

// newPresence reads what the library tells of itself. guest is the address of its wire.Guest; 0: it has not been started.
func newPresence(memory *os.File, maps []procfs.Mapping, ours spans, guest uint64, returns []uint64) (*presence, error) {
	p := &presence{memory: memory, maps: maps, ours: ours, returns: returns}
	if guest == 0 {
		return p, nil
	}
	p.guest = new(wire.Guest)
	if err := structure(memory, guest, p.guest); err != nil {
		return nil, err
	}
	const most = 1 << 20
	p.threads = make([]wire.GuestThread, min(p.guest.ThreadPlaces, most))
	return p, structure(memory, p.guest.Threads, p.threads)
}

// busy returns the id of a thread that is in code of ours, or will return to it; 0 if none is.
func (p *presence) busy(s *halt.Stopped) int {
	if p.guest != nil {
		if placeless, err := word(p.memory, p.guest.Placeless); err == nil && uint32(placeless) != 0 {
			return int(s.Process())
		}
	}
	for _, t := range s.Threads() {
		if p.isBusy(s.Process(), t) {
			return t.ID
		}
	}
	return 0
}

func (p *presence) isBusy(process procfs.Process, t *halt.Thread) bool {
	r := t.Registers()
	if p.ours.has(r.PC) {
		return true
	}
	for _, i := range interruptions(p.memory, r.SP, p.returns) {
		if p.ours.has(i.pc) {
			return true
		}
	}
	if p.guest == nil {
		return false
	}
	for i := range p.threads {
		g := &p.threads[i]
		if g.Pointer != r.ThreadPointer || g.Pointer == 0 || !p.mayBe(process, t, g) {
			continue
		}
		for _, frame := range []uint64{g.Outermost, g.Innermost} {
			if frame != 0 && !p.wasLeft(frame, r.SP) {
				return true
			}
		}
	}
	return false
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

// mayBe reports whether what the library knows of a thread may be of this one: another one may have had its thread pointer.
func (p *presence) mayBe(process procfs.Process, t *halt.Thread, g *wire.GuestThread) bool {
	id := uint32(g.TID)
	if id == 0 || id == uint32(t.ID) {
		return true
	}
	// In a pid namespace of its own it has another number.
	status, err := procfs.Process(t.ID).Status()
	n := len(status.Numbers)
	return err != nil || n == 0 || uint32(status.Numbers[n-1]) == id
}
