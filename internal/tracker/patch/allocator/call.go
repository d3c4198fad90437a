package allocator

import "heapprof/internal/tracker/wire"

// Call is what a call of a function means. Arguments are numbered from 1, in the
// order of the integer registers of the calling convention; 0 stands for none.
type Call struct {
	Action  wire.Action
	Size    uint8 // bytes asked for
	Count   uint8 // elements of Size bytes
	Pointer uint8 // the block that is freed or resized
	Align   uint8 // alignment asked for, in bytes
	// Sized is the size of the block that is freed, where the function is told one.
	Sized uint8
	// Out is the address to which the new block's address is written, where it is
	// not the result; the result is 0 then on success (posix_memalign).
	Out uint8
	// Weight is what the argument Size is where calls are counted.
	Weight wire.Weight
}

// after returns the same call with n more arguments before the others.
func (c Call) after(n uint8) Call {
	for _, argument := range []*uint8{&c.Size, &c.Count, &c.Pointer, &c.Align, &c.Sized, &c.Out} {
		if *argument != 0 {
			*argument += n
		}
	}
	return c
}
