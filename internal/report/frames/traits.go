package frames

import "strings"

// traits are what stacks are searched for, of one frame. All stacks of a profile are, several
// times: the traits of a hundred thousand frames stay in the processor's cache, where their Frames
// would not.
type traits uint16

const (
	isPlumbing     traits = 1 << iota // Frame.Plumbing
	isStartup                         // Frame.Startup
	isMarker                          // Frame.Marker
	isRuntime                         // Frame.Runtime, but one that comes last
	isLastRuntime                     // such a one
	isMain                            // the function is called main
	isAllocator                       // Frame.allocates
	isBegin                           // Frame.begins
	isGlobal                          // Frame.global
	isGlobalSymbol                    // and it is one of the compiler's symbols
	isScript                          // Frame.Script
	ofInterpreter                     // Frame.interpreter
)

// has reports whether a frame has one of some traits.
func (t traits) has(some traits) bool { return t&some != 0 }

// traits returns those of the frame.
func (f *Frame) traits() traits {
	var t traits
	set := func(is bool, trait traits) {
		if is {
			t |= trait
		}
	}
	set(f.Plumbing, isPlumbing)
	set(f.Startup, isStartup)
	set(f.Marker, isMarker)
	set(f.Runtime != nil && !f.Runtime.last, isRuntime)
	set(f.Runtime != nil && f.Runtime.last, isLastRuntime)
	set(f.Function == "main" && !f.Script, isMain)
	set(f.allocates, isAllocator)
	set(f.begins, isBegin)
	set(f.global, isGlobal)
	set(f.global && strings.Contains(f.Function, "__rust_"), isGlobalSymbol)
	set(f.Script, isScript)
	set(f.interpreter, ofInterpreter)
	return t
}
