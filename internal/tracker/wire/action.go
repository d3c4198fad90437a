package wire

// Action is what a function that is patched does to blocks, or to what is mapped. The hook
// in the program goes by it (PatchRecord). Size, Count and Pointer stand for the call's
// arguments of that meaning.
type Action uint8

const (
	// ActionAlloc makes a block: of Size bytes, or Count times Size. A result of 0 is a
	// failure.
	ActionAlloc Action = iota + 1
	// ActionFree ends the block at Pointer, if that is not 0.
	ActionFree
	// ActionRealloc moves the block at Pointer, or one made now where that is 0, to a
	// block of Size bytes, or Count times Size. Where the result is 0 the old block
	// lives on, unless the new size is 0.
	ActionRealloc
	// ActionReallocOrFree is ActionRealloc, but the old block is freed on failure too.
	ActionReallocOrFree
	// ActionResize changes the block at Pointer where it is, if it can: it returns the
	// usable size that the block has then, so that the block was resized, to Size
	// bytes, if that is not less than Size.
	ActionResize

	// The C library's functions that ask the kernel for pages, which have their manual
	// pages' arguments all. What they map is no block.

	// ActionMap is mmap(2): it maps Size bytes. The result is -1 on failure.
	ActionMap
	// ActionUnmap is munmap(2): Size bytes from Pointer on are mapped no longer if the
	// result is 0.
	ActionUnmap
	// ActionRemap is mremap(2): what was mapped at Pointer, of the size in argument 2, is
	// mapped with Size bytes, where the result says; -1 is failure.
	ActionRemap
	// ActionBreak moves the end of the data segment: to Pointer, with the result 0 on
	// success (brk(2)). What sbrk(2) does arrives here, too, for it calls brk.
	ActionBreak

	// ActionFork is fork(3), which makes a process: the child begins with the parent's blocks.
	ActionFork

	// ActionLoaded is what the loader calls when it has mapped or unmapped something.
	ActionLoaded

	// ActionExec is execve(2), which replaces the program of its process, or fails.
	ActionExec

	// ActionMark is any function, the first entry of which is marked.
	ActionMark

	// ActionExit is what ends the process, the first entry of which is marked, and waits.
	ActionExit

	// ActionCount is any function whose calls are counted: with a weight each, the argument
	// Size, or 1 where that is 0.
	ActionCount

	// ActionFailure is what a language calls where an allocation has failed: Size is the argument that says
	// of how many bytes.
	ActionFailure

	// ActionFilter is prctl(2), whose arguments begin at Pointer, or with a number in front, syscall(2): either may
	// install a filter of system calls.
	ActionFilter

	// ActionFrames is what an unwinder calls to find what describes the code at an address.
	ActionFrames
)

var actionNames = [...]string{
	ActionAlloc: "alloc", ActionFree: "free", ActionRealloc: "realloc", ActionReallocOrFree: "realloc or free", ActionResize: "resize",
	ActionMap: "map", ActionUnmap: "unmap", ActionRemap: "remap", ActionBreak: "break",
	ActionFork: "fork", ActionLoaded: "loaded", ActionExec: "exec", ActionMark: "mark", ActionExit: "exit", ActionCount: "count", ActionFailure: "failure",
	ActionFilter: "filter", ActionFrames: "frames",
}

// EndsBlocks reports whether blocks, or what is mapped, may end by it.
func (a Action) EndsBlocks() bool {
	switch a {
	case ActionFree, ActionRealloc, ActionReallocOrFree, ActionUnmap, ActionRemap:
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
