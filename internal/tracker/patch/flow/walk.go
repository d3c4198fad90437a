package flow

import (
	"heapprof/internal/tracker/patch/codefile"
	"heapprof/internal/tracker/patch/isa"
)

// Exit is a call or jump that leaves a function, with the arguments that it passes on.
type Exit struct {
	To        isa.Value                       // an Address, or what a slot holds, a Variable or a TableEntry; else Unknown
	Arguments [isa.LastArgument + 1]isa.Value // what is known of their registers, by number
}

// Analysis follows the functions of a file.
type Analysis struct{ *codefile.File }

// Walk follows the registers along all paths through a function, instruction by
// instruction, and those of a loop until nothing new becomes known. Where paths meet, only
// what holds on both is known. A question may be answered before all paths were followed:
// what has become known of the function's effect, and of the arguments that it reads,
// stays true.
type Walk struct {
	*isa.Body
	Last          *Step // the instruction that was followed last
	Loops         bool  // a jump leads back
	LeavesByTable bool  // the function jumps to an address that is in a table
	Lost          bool  // there are paths that could not be followed, or not yet

	machine isa.Machine
	most    isa.Effect // of an instruction; a path ends at one that has more
	index   []*Step    // by offset: the instruction to which the byte belongs
	todo    []*Step
	reads   ArgumentSet // the arguments that the function reads
}

// Step is an instruction on a path.
type Step struct {
	isa.Instruction
	at      int       // offset in the function
	before  registers // what is known of them when execution arrives
	waiting bool      // it is in Walk.todo
}

// Follow begins to follow a function, as far as its instructions have no more effect than
// most.
func (a Analysis) Follow(b *isa.Body, most isa.Effect) *Walk {
	w := &Walk{Body: b, machine: a.Machine, most: most}
	var r registers
	numbers, stack := a.Machine.Registers()
	for n := 1; n <= isa.LastArgument; n++ {
		r[numbers[n]] = isa.Value{Kind: isa.Argument, Number: uint64(n)}
	}
	r[stack] = isa.Value{Kind: isa.StackAddress}
	w.arrive(0, &r)
	return w
}

// Next follows one instruction. It is false when none is left: then all is known that can
// be. What follows a branch comes before what the branch leads to.
func (w *Walk) Next() bool {
	if len(w.todo) == 0 {
		return false
	}
	s := w.todo[len(w.todo)-1]
	w.todo, w.Last = w.todo[:len(w.todo)-1], s
	s.waiting = false
	if s.Length == 0 && !w.decode(s) {
		w.Lost = true
		return true
	}
	if s.KnownEffect() > w.most {
		w.Lost, w.todo = true, nil
		return false
	}
	for n := range s.Reads.All {
		if v := s.before[n]; v.Kind == isa.Argument {
			w.reads |= 1 << v.Number
		}
	}
	after := s.before
	after.do(&s.Instruction)
	if s.Goes == isa.Jumps || s.Goes == isa.Branches {
		switch to := s.before.get(s.Where); {
		case w.isOwn(to):
			offset := int(to.Number - w.Entry)
			w.Loops = w.Loops || offset <= s.at
			w.arrive(offset, &after)
		case to.Kind == isa.TableEntry:
			w.LeavesByTable = true
		case to.Kind != isa.Address && to.Kind != isa.Variable: // to somewhere in the function, by a table of its own, perhaps
			w.Lost = true
		}
	}
	behind := s.at + s.Length
	doesNotReturn := s.Goes == isa.Calls && behind == w.Size
	if s.Goes != isa.Jumps && s.Goes != isa.Ends && !doesNotReturn {
		w.arrive(behind, &after)
	}
	return true
}

// isOwn reports whether a value is an address in the function.
func (w *Walk) isOwn(v isa.Value) bool {
	return v.Kind == isa.Address && v.Number-w.Entry < uint64(w.Size)
}

// arrive notes what the registers hold on a path that has come to an offset.
func (w *Walk) arrive(at int, r *registers) {
	const (
		most    = 64 << 10 // bytes; no allocator's function comes near
		longest = 15       // of an instruction
	)
	if at >= min(w.Size, most) {
		w.Lost = true
		return
	}
	if more := at + longest - len(w.index); more > 0 {
		w.index = append(w.index, make([]*Step, more)...)
	}
	s := w.index[at]
	changed := s == nil
	switch {
	case changed:
		s = &Step{at: at, before: *r}
		w.index[at] = s
	case s.at != at: // within an instruction
		w.Lost = true
		return
	default:
		for n, was := range s.before {
			if v := either(was, r[n]); v != was {
				s.before[n], changed = v, true
			}
		}
	}
	if changed && !s.waiting {
		s.waiting = true
		w.todo = append(w.todo, s)
	}
}

// decode decodes a step's instruction. It is false of one that is not understood, or has
// bytes in common with another.
func (w *Walk) decode(s *Step) bool {
	i, ok := w.machine.Decode(w.Code[s.at:w.Size], w.Entry+uint64(s.at))
	for at := s.at + 1; at < s.at+i.Length; at++ {
		ok = ok && w.index[at] == nil
		w.index[at] = s
	}
	if ok {
		s.Instruction = i
	}
	return ok
}

// KnownEffect returns the effect of a step, which the registers narrow: what writes to an
// address on the stack uses that only.
func (s *Step) KnownEffect() isa.Effect {
	if s.Does == isa.Stores && s.before.get(s.Store).Kind == isa.StackAddress {
		return isa.UsesStack
	}
	return s.Does
}

// Exits returns where the function is left, as far as it was followed, in the order of
// addresses.
func (w *Walk) Exits() (all []Exit) {
	numbers, _ := w.machine.Registers()
	for at, s := range w.index {
		if s == nil || s.at != at || s.Goes == isa.GoesOn || s.Goes == isa.Ends {
			continue
		}
		var l Exit
		to := s.before.get(s.Where)
		switch {
		case s.Goes != isa.Calls && w.isOwn(to):
			continue
		case to.Kind == isa.Address || to.Kind == isa.Variable || to.Kind == isa.TableEntry:
			l.To = to
		}
		for n := 1; n <= isa.LastArgument; n++ {
			l.Arguments[n] = s.before[numbers[n]]
		}
		all = append(all, l)
	}
	return all
}

// End returns the offset behind the last instruction that was followed.
func (w *Walk) End() (end uint64) {
	for at, s := range w.index {
		if s != nil && s.at == at {
			end = uint64(at + s.Length)
		}
	}
	return end
}

// OnlyCounts reports whether a step that writes to memory writes to a variable of the
// file's, and not the argument that is a block: it may count blocks, but keeps none.
func (s *Step) OnlyCounts(block uint8) bool {
	for n := range s.Reads.All {
		if v := s.before[n]; v.Number == uint64(block) && (v.Kind == isa.Argument || v.Kind == isa.ArgumentOrConstant) {
			return false
		}
	}
	return s.before.get(s.Store).Kind == isa.Address
}
