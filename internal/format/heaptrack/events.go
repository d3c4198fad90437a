package heaptrack

// kind reads a kind of block.
func (r *reader) kind() error {
	var size, stack uint64
	if !r.s.numbers(&size, &stack) || stack > uint64(r.stacks.Len()) || r.kinds.Len() >= mostEntries {
		return r.s.Damaged("has no size and stack that there are")
	}
	r.kinds.Add(kind{size, uint32(stack)})
	return nil
}

// allocated reads that a block was allocated.
func (r *reader) allocated() error {
	var n uint64
	if r.format >= 1 {
		if !r.s.numbers(&n) || n >= uint64(r.kinds.Len()) {
			return r.s.Damaged("has no kind of block that there is")
		}
		r.last = n
	} else {
		var size, stack, pointer uint64
		if !r.s.numbers(&size, &stack, &pointer) || stack > uint64(r.stacks.Len()) {
			return r.s.Damaged("has no size, stack and address")
		}
		n = r.remember(kind{size, uint32(stack)}, pointer)
		r.last = pointer
	}
	k := r.kinds.At(uint32(n))
	if !r.account.alloc(r.cost(k), k.size, r.time) {
		return r.s.Damaged("makes the sum of all blocks more than 2^64-1 bytes")
	}
	return nil
}

// remember keeps of what kind the block at an address is, and returns the kind's index.
func (r *reader) remember(k kind, pointer uint64) uint64 {
	if r.pointers == nil {
		r.pointers, r.kindOf = make(map[uint64]uint32), make(map[kind]uint32)
	}
	n, known := r.kindOf[k]
	if !known {
		n = uint32(r.kinds.Len())
		r.kinds.Add(k)
		r.kindOf[k] = n
	}
	r.pointers[pointer] = n
	return uint64(n)
}

// freed reads that a block was freed.
func (r *reader) freed() error {
	id, ok := r.s.hex()
	if !ok {
		return r.s.Damaged("does not tell what was freed")
	}
	n := id
	if r.format < 1 {
		known, found := r.pointers[id]
		if !found {
			return nil // of a process that was attached to: from before
		}
		delete(r.pointers, id)
		n = uint64(known)
	} else if id >= uint64(r.kinds.Len()) {
		return r.s.Damaged("has no kind of block that there is")
	}
	temporary := r.last == id
	// As heaptrack has it: of kind 0, which is nearly always a block that lives to the end, each free that follows
	// another one counts as temporary. Its totals are the ones that people compare with.
	r.last = 0
	k := r.kinds.At(uint32(n))
	if !r.account.free(r.cost(k), k.size, temporary) {
		return r.s.Damaged("frees a block that does not live")
	}
	return nil
}

// cost returns what the stack of a kind of block has allocated.
func (r *reader) cost(k *kind) *cost {
	of := &r.noStack
	if k.stack != 0 {
		of = &r.stacks.At(k.stack - 1).cost
	}
	if *of == 0 {
		r.account.costs.Add(cost{stack: k.stack, peaks: r.account.peaks})
		*of = uint32(r.account.costs.Len())
	}
	return r.account.costs.At(*of - 1)
}
