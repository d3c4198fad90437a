package patch

// Action is what a function does to blocks.
type Action uint8

const (
	// Alloc makes a block: of Size bytes, or Count times Size. A result of 0 is a
	// failure.
	Alloc Action = iota + 1
	// Free ends the block at Pointer, if that is not 0.
	Free
	// Realloc moves the block at Pointer, or one made now where that is 0, to a
	// block of Size bytes, or Count times Size. Where the result is 0 the old block
	// lives on, unless the new size is 0.
	Realloc
	// ReallocOrFree is Realloc, but the old block is freed on failure too.
	ReallocOrFree
	// Resize changes the block at Pointer where it is, if it can: it returns the
	// usable size that the block has then, so that the block was resized, to Size
	// bytes, if that is not less than Size.
	Resize

	// The C library's functions that ask the kernel for pages, which have their manual
	// pages' arguments all. What they map is no block.

	// Map is mmap(2): it maps Size bytes. The result is -1 on failure.
	Map
	// Unmap is munmap(2): Size bytes from Pointer on are mapped no longer if the
	// result is 0.
	Unmap
	// Remap is mremap(2): what was mapped at Pointer, of the size in argument 2, is
	// mapped with Size bytes, where the result says; -1 is failure.
	Remap
	// Break moves the end of the data segment: to Pointer, with the result 0 on
	// success (brk(2)). What sbrk(2) does arrives here, too, for it calls brk.
	Break

	// Fork is fork(3), which makes a process: the child begins with the parent's blocks.
	Fork

	// Loaded is what the loader calls when it has mapped or unmapped something.
	Loaded

	// Exec is execve(2), which replaces the program of its process, or fails.
	Exec
)

var actionNames = [...]string{
	Alloc: "alloc", Free: "free", Realloc: "realloc", ReallocOrFree: "realloc or free", Resize: "resize",
	Map: "map", Unmap: "unmap", Remap: "remap", Break: "break", Fork: "fork", Loaded: "loaded", Exec: "exec",
}

// endsBlocks says whether blocks, or what is mapped, may end by it.
func (a Action) endsBlocks() bool {
	switch a {
	case Free, Realloc, ReallocOrFree, Unmap, Remap:
		return true
	}
	return false
}

func (a Action) String() string {
	if int(a) < len(actionNames) && actionNames[a] != "" {
		return actionNames[a]
	}
	return "unknown action"
}

// Call is what a call of a function means. Arguments are numbered from 1, in the
// order of the integer registers of the calling convention; 0 stands for none.
type Call struct {
	Action  Action
	Size    uint8 // bytes asked for
	Count   uint8 // elements of Size bytes
	Pointer uint8 // the block that is freed or resized
	Align   uint8 // alignment asked for, in bytes
	// Out is the address to which the new block's address is written, where it is
	// not the result; the result is 0 then on success (posix_memalign).
	Out uint8
}

// lastArgument is the last argument that is in a register on every machine:
// x86-64 has six.
const lastArgument = 6

// after returns the same call with n more arguments before the others.
func (c Call) after(n uint8) Call {
	for _, argument := range []*uint8{&c.Size, &c.Count, &c.Pointer, &c.Align, &c.Out} {
		if *argument != 0 {
			*argument += n
		}
	}
	return c
}
