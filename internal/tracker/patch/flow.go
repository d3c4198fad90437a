package patch

// either returns what is known of what is one or the other.
func either(a, b value) value {
	if a.kind == constant {
		a, b = b, a
	}
	switch {
	case a == b:
		return a
	case a.kind != argument && a.kind != nearly:
	case b.kind == constant, b.number == a.number && (b.kind == argument || b.kind == nearly):
		return value{nearly, a.number}
	}
	return value{}
}

// registers is what the general registers hold, in the order of encoding.
type registers [32]value

// arguments is a set of numbers of arguments.
type arguments uint8

func (a arguments) has(n uint8) bool { return a>>n&1 != 0 }

// get returns what a source has.
func (r *registers) get(s source) value {
	v := r[s.from]
	switch s.how {
	case literally:
		return s.value
	case copied:
		switch {
		case s.offset == 0 || v.kind == ofStack:
			return v
		case v.kind == address:
			return value{address, v.number + s.offset}
		}
	case loaded, loadedBy:
		switch v.kind {
		case address:
			if s.how == loaded {
				return value{ofFile, v.number + s.offset}
			}
		case ofFile:
			if s.how == loaded && s.offset < 1<<16 {
				return inTable(v.number, s.offset)
			}
		case unknown, argument, nearly, fromMemory:
			return value{kind: fromMemory}
		}
	}
	return value{}
}

// do changes the registers as an instruction does.
func (r *registers) do(i *instruction) {
	v := r.get(i.result)
	if i.mayKeep {
		v = either(r[i.to], v)
	}
	for n := range i.writes.all {
		r[n] = value{}
	}
	if i.writes>>i.to&1 != 0 {
		r[i.to] = v
	}
}

// leaving is a call or jump that leaves a function, and what is known of the registers
// in which arguments are passed on.
type leaving struct {
	to        value // where to: an address, or ofFile or ofTable, what a slot holds; unknown for others
	arguments [lastArgument + 1]value
}

// flow follows the registers along all ways that there are through a function. Where
// ways meet, only that is known which both say. What instructions do, and what they show
// of arguments, is known from the first on, so that a question may be answered early.
type flow struct {
	*body
	machine machine
	most    effect   // that instructions may have
	index   []*place // by offset: the instruction to which the byte belongs
	todo    []*place
	last    *place    // of what was done last
	reads   arguments // those that the function reads
	loops   bool      // something leads back
	byTable bool      // it is left by a jump to what a table has
	lost    bool      // there are ways that could not be followed, or not so far
}

// place is an instruction that something arrives at.
type place struct {
	instruction
	at      int // offset
	before  registers
	waiting bool // in todo
}

// analysis follows the functions of a file.
type analysis struct{ *module }

// follow begins to follow a function, as far as it has no more effect than most.
func (a analysis) follow(b *body, most effect) *flow {
	f := &flow{body: b, machine: a.machine, most: most}
	var r registers
	numbers, stack := a.machine.registers()
	for n := 1; n <= lastArgument; n++ {
		r[numbers[n]] = value{argument, uint64(n)}
	}
	r[stack] = value{kind: ofStack}
	f.arrive(0, &r)
	return f
}

// next does an instruction, and is false when there is none left to do: then all is
// known. What follows upon a branch that is not taken comes before what it leads to.
func (f *flow) next() bool {
	if len(f.todo) == 0 {
		return false
	}
	p := f.todo[len(f.todo)-1]
	f.todo, f.last = f.todo[:len(f.todo)-1], p
	p.waiting = false
	if p.length == 0 && !f.decode(p) {
		f.lost = true
		return true
	}
	if p.effect() > f.most {
		f.lost, f.todo = true, nil
		return false
	}
	for n := range p.reads.all {
		if v := p.before[n]; v.kind == argument {
			f.reads |= 1 << v.number
		}
	}
	after := p.before
	after.do(&p.instruction)
	if p.goes == jumps || p.goes == branches {
		switch to := p.before.get(p.where); {
		case f.isOwn(to):
			offset := int(to.number - f.entry)
			f.loops = f.loops || offset <= p.at
			f.arrive(offset, &after)
		case to.kind == ofTable:
			f.byTable = true
		case to.kind != address && to.kind != ofFile: // by a table, to where in the function does not show
			f.lost = true
		}
	}
	behind := p.at + p.length
	doesNotReturn := p.goes == calls && behind == f.size
	if p.goes != jumps && p.goes != ends && !doesNotReturn {
		f.arrive(behind, &after)
	}
	return true
}

// isOwn says whether a value is an address in the function.
func (f *flow) isOwn(v value) bool {
	return v.kind == address && v.number-f.entry < uint64(f.size)
}

// arrive notes that the registers may hold this where the function has come to.
func (f *flow) arrive(at int, r *registers) {
	const (
		most    = 64 << 10 // bytes; no allocator's function comes near
		longest = 15       // of an instruction
	)
	if at >= min(f.size, most) {
		f.lost = true
		return
	}
	if more := at + longest - len(f.index); more > 0 {
		f.index = append(f.index, make([]*place, more)...)
	}
	p := f.index[at]
	changed := p == nil
	switch {
	case changed:
		p = &place{at: at, before: *r}
		f.index[at] = p
	case p.at != at: // within an instruction
		f.lost = true
		return
	default:
		for n, was := range p.before {
			if v := either(was, r[n]); v != was {
				p.before[n], changed = v, true
			}
		}
	}
	if changed && !p.waiting {
		p.waiting = true
		f.todo = append(f.todo, p)
	}
}

// decode finds out what the instruction at a place is, none of whose bytes may belong to
// another.
func (f *flow) decode(p *place) bool {
	i, ok := f.machine.decode(f.code[p.at:f.size], f.entry+uint64(p.at))
	for at := p.at + 1; at < p.at+i.length; at++ {
		ok = ok && f.index[at] == nil
		f.index[at] = p
	}
	if ok {
		p.instruction = i
	}
	return ok
}

// effect returns what an instruction does, by what is known of the registers.
func (p *place) effect() effect {
	if p.does == stores && p.before.get(p.store).kind == ofStack {
		return usesStack
	}
	return p.does
}

// leavings returns where the function is left, as far as it was followed, in the order
// of addresses.
func (f *flow) leavings() (all []leaving) {
	numbers, _ := f.machine.registers()
	for at, p := range f.index {
		if p == nil || p.at != at || p.goes == on || p.goes == ends {
			continue
		}
		var l leaving
		to := p.before.get(p.where)
		switch {
		case p.goes != calls && f.isOwn(to):
			continue
		case to.kind == address || to.kind == ofFile || to.kind == ofTable:
			l.to = to
		}
		for n := 1; n <= lastArgument; n++ {
			l.arguments[n] = p.before[numbers[n]]
		}
		all = append(all, l)
	}
	return all
}

// end returns how far a function was followed, from its beginning on.
func (f *flow) end() (end uint64) {
	for at, p := range f.index {
		if p != nil && p.at == at {
			end = uint64(at + p.length)
		}
	}
	return end
}

// onlyCounts says whether an instruction that writes to memory writes to a variable of the
// file's, and not the argument that is a block: it may count, but keeps none.
func (p *place) onlyCounts(block uint8) bool {
	for n := range p.reads.all {
		if v := p.before[n]; v.number == uint64(block) && (v.kind == argument || v.kind == nearly) {
			return false
		}
	}
	return p.before.get(p.store).kind == address
}
