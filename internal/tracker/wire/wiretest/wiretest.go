// Package wiretest encodes events as the tracker library does (wire.h), for tests that play
// a thread of a program: each function returns the words of one event, which wire.Words
// decodes to what was encoded. It imports only wire.
package wiretest

import "heapprof/internal/tracker/wire"

func first(k wire.Kind, fields uint64) uint64 { return uint64(k) | fields<<4 }

func place(address, stack uint64) uint64 { return address | stack<<wire.AddressBits }

// Alloc encodes a block that was allocated.
func Alloc(e wire.Alloc) []uint64 { return block(wire.KindAlloc, e) }

// Realloced encodes the end of a reallocation.
func Realloced(e wire.Alloc) []uint64 { return block(wire.KindRealloced, e) }

func block(k wire.Kind, e wire.Alloc) []uint64 {
	return []uint64{first(k, e.Stamp), place(e.Address, e.Stack), min(e.Bytes, 1<<50-1) | uint64(e.Family)<<50 | e.Stack>>16<<52}
}

// AllocShort encodes a block that was allocated, in fewer words.
func AllocShort(e wire.AllocShort) []uint64 {
	return []uint64{first(wire.KindAllocShort, e.Stack|e.Later<<28), e.Address | e.Bytes<<wire.AddressBits}
}

// Free encodes a block that was freed.
func Free(e wire.Free) []uint64 { return gone(wire.KindFree, e) }

// FreeInner encodes a block that was freed within another call.
func FreeInner(e wire.Free) []uint64 { return gone(wire.KindFreeInner, e) }

// Realloc encodes the beginning of a reallocation.
func Realloc(e wire.Free) []uint64 { return gone(wire.KindRealloc, e) }

// ReallocInner encodes the beginning of a reallocation within another call.
func ReallocInner(e wire.Free) []uint64 { return gone(wire.KindReallocInner, e) }

func gone(k wire.Kind, e wire.Free) []uint64 {
	var outlived uint64
	if e.Outlived {
		outlived = 1
	}
	return []uint64{first(k, e.Stamp), place(e.Address, outlived)}
}

// Through adds to what Free, FreeInner, Realloc or ReallocInner encodes the stack.
func Through(event []uint64, e wire.Through) []uint64 {
	return []uint64{event[0], event[1] | 2<<wire.AddressBits, e.Stack | uint64(e.Family)<<28}
}

// FreeShort encodes a block that was freed, in one word. Its address is divisible by 16.
func FreeShort(e wire.FreeShort) []uint64 {
	return []uint64{first(wire.KindFreeShort, e.Later|e.Address/16<<16)}
}

// ReallocFailed encodes the end of a reallocation that failed.
func ReallocFailed(stamp uint64) []uint64 { return []uint64{first(wire.KindReallocFailed, stamp)} }

// ReallocFreed encodes the end of a reallocation that freed the block.
func ReallocFreed(stamp uint64) []uint64 { return []uint64{first(wire.KindReallocFreed, stamp)} }

// Node encodes a new stack.
func Node(e wire.Node) []uint64 {
	return []uint64{first(wire.KindNode, e.Stack|e.Parent<<28), e.PC | uint64(e.Module)<<48}
}

// Thread encodes a thread that takes the ring over.
func Thread(e wire.Thread) []uint64 { return []uint64{first(wire.KindThread, e.Stamp), e.ID} }

// Fork encodes a process that is about to fork.
func Fork(e wire.Fork) []uint64 { return []uint64{first(wire.KindFork, e.Stamp), uint64(e.Number)} }

// Mapping encodes a part of the address space that was mapped, or ceases to be.
func Mapping(e wire.Mapping) []uint64 {
	change := e.Change
	if e.Inside {
		change |= wire.MappingInside
	}
	return []uint64{first(wire.KindMapping, e.Stamp), place(e.Address, e.Stack), e.Bytes, uint64(change) | e.Protection<<8 | e.Stack>>16<<16 | e.Flags<<32}
}

// Module encodes a file that the process has mapped to run. It has as many words as the
// text needs, whatever e says.
func Module(e wire.Module) []uint64 {
	text := text(e.BuildID + e.Path)
	var bypasses uint64
	if e.Bypasses {
		bypasses = 1
	}
	return append([]uint64{
		first(wire.KindModule, bypasses|uint64(5+len(text))<<12|uint64(e.Number)<<44),
		e.Start, e.End, e.Bias, uint64(len(e.BuildID)) | uint64(len(e.Path))<<32,
	}, text...)
}

// Exec encodes another program that is about to begin, with as many words as its path needs.
func Exec(e wire.Exec) []uint64 {
	var flags uint64
	for bit, set := range []bool{e.Failed, e.Own, e.Library, e.Memory} {
		if set {
			flags |= 1 << bit
		}
	}
	return append([]uint64{first(wire.KindFork, e.Stamp), flags<<32 | uint64(len(e.Path))<<48}, text(e.Path)...)
}

// text returns the words of a text, the last one padded with zeros.
func text(s string) []uint64 {
	words := make([]uint64, (len(s)+7)/8)
	for i := range len(s) {
		words[i/8] |= uint64(s[i]) << (8 * (i % 8))
	}
	return words
}

// Call encodes a call that has made no block.
func Call(e wire.Call) []uint64 {
	return []uint64{first(wire.KindCall, e.Stamp), e.Stack | uint64(e.What)<<28 | uint64(e.Number)<<36, e.Amount}
}
