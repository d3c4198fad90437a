package roots

import (
	"slices"

	"heapprof/internal/profile"
	"heapprof/internal/symbol"
	"heapprof/internal/tracker/graph"
	"heapprof/internal/tracker/roots/unwind"
)

// frameRoots is a frame on its way to roots: its variables, and as one root what lies in none of them.
type frameRoots struct {
	*stack
	frame     *unwind.Frame
	depth     int // 1: the outermost one
	registers registers
	vectors   []uint64 // of the innermost one: what registers for vectors held
	module    int
	pc        uint64 // the address of the module's file that it is at

	variables ranges // memory that they take
	taken     uint64 // bits of registers that they take
}

// mostLocal is how many bytes of a variable of a function are looked at.
const mostLocal = 1 << 30

func (v *frameRoots) add() {
	v.module = v.moduleAt(v.frame.At)
	if v.module >= 0 {
		v.pc = v.frame.At - v.Modules[v.module].Bias
		if names := v.Modules[v.module].Symbols; names != nil && !v.frame.Guessed {
			// Parameters of inlined functions are often variables of those around them, which come last.
			for _, local := range slices.Backward(names.Locals(v.pc)) {
				v.addLocal(&local)
			}
		}
	}
	at := Range{v.low, v.frame.CFA}
	owner := uint32(0)
	owned := false
	own := func() uint32 {
		if !owned {
			owner, owned = v.own(Owner{Kind: profile.FrameOwner, Module: v.module, PC: v.pc, Thread: v.thread, Mapped: -1, Range: at}), true
		}
		return owner
	}
	for i, at := range v.frame.Saved {
		if v.registers.others>>i&1 != 0 {
			v.variables.add(Range{at, at + 8})
		}
	}
	stratum := max(graph.Loose-graph.Stratum(min(v.depth, int(graph.Loose))), leftOver)
	v.claimed.without(at, func(r Range) {
		v.variables.without(r, func(r Range) {
			if !r.words().isEmpty() {
				v.root(own(), stratum, r)
			}
		})
	})
	var words []uint64
	for i, value := range v.frame.General {
		if v.registers.own>>i&(v.frame.Known>>i)&^(v.taken>>i)&1 != 0 {
			words = append(words, value)
		}
	}
	if len(words) > 0 {
		v.words(own(), stratum, words)
	}
	if len(v.vectors) > 0 {
		v.words(own(), leftOver, v.vectors)
	}
}

// registers is whose the registers of a frame are, as bits.
type registers struct {
	own    uint64 // those that the function uses; of the innermost one also those that nobody else does
	others uint64 // those that it has saved for a function further out, which uses them
}

// usedRegisters returns whose the registers of frames are, which are in order from the innermost one. A function
// that uses a register which must be kept saves it: what it finds there is of the next one further out that has done so, too.
func usedRegisters(frames []unwind.Frame) []registers {
	all := make([]registers, len(frames))
	var users [unwind.Registers]int // the next frame further out that uses each; 0: not known
	for i, f := range slices.Backward(frames) {
		for r := range f.Saved {
			saves, bit := f.Saved[r] != 0, uint64(1)<<r
			switch user := users[r]; {
			case user > 0 && saves:
				all[i].others |= bit
				all[user].own |= bit
			case user > 0 && i == 0:
				all[user].own |= bit
			}
			if saves {
				users[r] = i
			}
			if i == 0 && (saves || users[r] == 0) {
				all[i].own |= bit
			}
		}
		if isInterrupted := i > 0 && f.At == f.PC; f.Guessed || isInterrupted {
			clear(users[:])
		}
	}
	return all
}

// addLocal adds a variable of the frame's function.
func (v *frameRoots) addLocal(local *symbol.Local) {
	var memory []Range
	var words []uint64
	for i := range local.Places {
		place := &local.Places[i]
		size := place.Size
		if size == 0 {
			size = max(local.Size, place.From) - place.From
		}
		if place.Kind == symbol.InRegister {
			value, ok := v.frame.Register(uint64(place.Register))
			if bit := uint64(1) << place.Register; ok && size >= 8 && v.taken&bit == 0 {
				words, v.taken = append(words, value), v.taken|bit
			}
			continue
		}
		if at, ok := v.locate(place); ok && size <= mostLocal {
			stack := Range{at, at + size}.words().and(Range{v.frame.SP - v.redZone(), v.at.End})
			v.variables.without(stack, func(r Range) { memory = append(memory, r) })
		}
	}
	if len(memory) == 0 && len(words) == 0 {
		return
	}
	owner := Owner{Kind: profile.LocalOwner, Module: v.module, Local: local, PC: v.pc, Thread: v.thread, Mapped: -1}
	if len(memory) > 0 {
		owner.Range = Range{memory[0].Start, memory[len(memory)-1].End}
	}
	number := v.own(owner)
	stratum := max(ofStorage-graph.Stratum(min(v.depth, int(ofStorage))), graph.Loose+1)
	for _, r := range memory {
		v.variables.add(r)
		v.root(number, stratum, r)
	}
	if len(words) > 0 {
		v.words(number, stratum, words)
	}
}

// locate returns where memory of a variable is; false where that is not known.
func (v *frameRoots) locate(p *symbol.Place) (at uint64, ok bool) {
	switch p.Kind {
	case symbol.FromCFA:
		at = v.frame.CFA + uint64(p.Offset)
	case symbol.FromRegister:
		base, ok := v.frame.Register(uint64(p.Register))
		if !ok {
			return 0, false
		}
		at = base + uint64(p.Offset)
	default:
		return 0, false // what is among the file's data is there
	}
	if p.Deref {
		at = v.word(at)
	}
	return at, at != 0
}
