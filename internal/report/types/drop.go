package types

import "heapprof/internal/report/names"

// dropped returns what a function drops, an index into the table's known types, or 0.
func (r *reader) dropped(n rustName) int32 {
	if n.closure {
		return 0
	}
	var t names.Type
	switch {
	case n.function == "drop_in_place" && len(n.args) > 0:
		t = n.args[0]
	case n.function == "drop" && !n.self.IsZero():
		t = n.self
	}
	if t.IsZero() || t.IsParameter() {
		return 0
	}
	return r.table.intern(&candidate{is: t, full: t.String()})
}

// Dropped returns the type of the value whose drop freed a block through a stack, indices of frames with
// the innermost first: the outermost that is dropped there. at is the frame that dropped it, an
// index into stack, or -1 where nothing in the stack drops anything.
func (t *Table) Dropped(stack []uint32) (dropped Type, at int) {
	for i := len(stack) - 1; i >= 0; i-- {
		if d := t.drops[stack[i]]; d != 0 {
			return t.shown(d), t.dropper(stack, i+1)
		}
	}
	return Type{}, -1
}

// Drops returns the values that were dropped within each other when a block was freed through a
// stack, the outermost first: what Dropped returns, the field of it that the block was of, and
// so on.
func (t *Table) Drops(stack []uint32) []Type {
	var all []Type
	for i := len(stack) - 1; i >= 0; i-- {
		if d := t.drops[stack[i]]; d != 0 {
			if s := t.shown(d); len(all) == 0 || all[len(all)-1].Full != s.Full {
				all = append(all, s)
			}
		}
	}
	return all
}

// dropper returns the frame that dropped a value, outward from a frame: the first that is no
// plumbing, as an index into stack.
func (t *Table) dropper(stack []uint32, from int) int {
	for i := from; i < len(stack); i++ {
		if !t.frames.Frame(stack[i]).Plumbing {
			return i
		}
	}
	return min(from, len(stack)-1)
}
