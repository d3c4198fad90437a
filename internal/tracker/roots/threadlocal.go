package roots

import (
	"debug/elf"
	"encoding/binary"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/symbol"
	"heapprof/internal/tracker/graph"
)

// storage is where the thread-local storage of a thread is, and what the C library keeps for it there.
type storage struct {
	start uint64 // the lowest address; 0: not known
	owner uint32 // of what lies in no variable
}

// ofStorage is how sure it is that what the C library keeps for a thread is in use: what a variable holds as well,
// such as a program's context, is the variable's.
const ofStorage = graph.Firm - 1

// leftOver is how sure it is that words are in use that lie in no frame that is known.
const leftOver = graph.Unreached + 1

// threadBytes is how much the C library keeps for a thread at its thread pointer: struct pthread of glibc 2.36 has
// 2304 bytes. It lies above the pointer on x86-64 and below it on arm64.
const threadBytes = 2304

// addThreadLocals adds the thread-local variables of a thread, and what the C library keeps for it.
func (f *finder) addThreadLocals(thread int) (is storage) {
	r := &f.Threads[thread].Registers
	tp := r.ThreadPointer
	m, ok := procfs.MappingAt(f.Maps, tp)
	if tp == 0 || !ok {
		return is
	}
	is.owner = f.own(Owner{Kind: profile.ThreadLocalOwner, Module: -1, Thread: thread, Mapped: -1})
	kept := Range{tp, min(tp+threadBytes, m.End)}
	if f.machine == elf.EM_AARCH64 {
		kept = Range{max(tp-threadBytes, m.Start), min(tp+16, m.End)}
	}
	is.start = kept.Start
	for i := range f.images {
		block, ok := f.blockOf(i, tp)
		if !ok {
			continue
		}
		f.addBlock(thread, i, block, is.owner)
		if m.Start <= block.Start && block.Start < m.End {
			is.start = min(is.start, block.Start)
		}
	}
	if m.Start <= r.SP && r.SP < m.End { // its stack: nothing but such comes behind
		kept = Range{is.start, m.End}
	}
	f.Owners[is.owner].Range = kept
	f.claimedRoot(is.owner, ofStorage, kept)
	f.claimed.add(kept)
	return is
}

// addBlock adds the block that a thread has of a module's thread-local variables.
func (f *finder) addBlock(thread, module int, block Range, rest uint32) {
	f.claimed.add(block)
	m := &f.Modules[module]
	if m.Allocator || m.Path == f.Own.Library || f.blockAt(block.Start) >= 0 /* the loader has allocated it: the vector leads there */ {
		return
	}
	var variables []symbol.Variable
	if m.Symbols != nil {
		variables = m.Symbols.ThreadLocals()
	}
	left := block
	for i := range variables {
		v := &variables[i]
		at := Range{block.Start + v.Address, block.Start + v.Address + v.Size}
		in := at.words().and(left)
		if v.Internal || in.isEmpty() {
			continue
		}
		f.root(rest, ofStorage, Range{left.Start, in.Start})
		f.root(f.own(Owner{Kind: profile.ThreadLocalOwner, Module: module, Variable: v, Thread: thread, Mapped: -1, Range: at}), graph.Firm, in)
		left.Start = in.End
	}
	f.root(rest, ofStorage, left)
}

// blockOf returns where the thread with a thread pointer has its block of a module's thread-local storage; false
// where it has none, or none yet.
func (f *finder) blockOf(module int, tp uint64) (Range, bool) {
	is := &f.images[module]
	if is.tls == nil {
		return Range{}, false
	}
	at := uint64(0)
	switch placed, known := f.tlsOf(module); {
	case known && placed.offset != 0 && int64(placed.offset) != -1:
		at = tp - placed.offset
		if f.machine == elf.EM_AARCH64 {
			at = tp + placed.offset
		}
	case known:
		// The vector of a thread's blocks, each with what is to be freed of it (glibc's dtv_t).
		at = f.word(f.word(f.vectorAt(tp)) + 16*placed.number)
	case !f.isProgram(module):
		return Range{}, false
	case f.machine == elf.EM_AARCH64:
		at = tp + (16+is.tls.Align-1)&^(is.tls.Align-1)
	default: // a static program's (ELF Handling For Thread-Local Storage, 3)
		at = tp - (is.tls.Memsz+is.tls.Align-1)&^(is.tls.Align-1)
	}
	block := Range{at, at + is.tls.Memsz}
	m, ok := procfs.MappingAt(f.Maps, at)
	if !ok || at%min(is.tls.Align, page) != 0 || block.End > m.End {
		return Range{}, false
	}
	return block, true
}

// vectorAt returns where the address of a thread's vector of blocks is.
func (f *finder) vectorAt(tp uint64) uint64 {
	if f.machine == elf.EM_AARCH64 {
		return tp
	}
	return tp + 8
}

// placedTLS is where the loader has put a module's thread-local storage.
type placedTLS struct {
	offset uint64 // from the thread pointer; 0 or -1: each thread gets its own when it needs it
	number uint64 // of the module in the threads' vectors
}

// tlsOf returns where the loader has put a module's thread-local storage. It notes that in its description
// of the module, whose form differs between its versions, but which has the program header's four values
// one behind the other, and then what is wanted (struct link_map of glibc: l_tls_initimage to l_tls_modid).
func (f *finder) tlsOf(module int) (p placedTLS, known bool) {
	is, m := &f.images[module], &f.Modules[module]
	if is.tlsRead {
		return is.placed, is.tlsKnown
	}
	is.tlsRead = true
	described := make([]byte, 2048)
	n, _ := f.Memory.ReadAt(described, f.describedAt(m))
	words := make([]uint64, n/8)
	for i := range words {
		words[i] = binary.LittleEndian.Uint64(described[8*i:])
	}
	for i := 0; i+6 < len(words); i++ {
		if words[i] == m.Bias+is.tls.Vaddr && words[i+1] == is.tls.Filesz && words[i+2] == is.tls.Memsz && words[i+3] == is.tls.Align {
			is.placed, is.tlsKnown = placedTLS{offset: words[i+5], number: words[i+6]}, true
			break
		}
	}
	return is.placed, is.tlsKnown
}

// describedAt returns where the loader's description of a module is (struct link_map of link.h); 0 where
// there is none.
func (f *finder) describedAt(m *Module) uint64 {
	if f.descriptions == nil {
		f.descriptions = f.readDescriptions()
	}
	return f.descriptions[m.Bias]
}

// mostModules is how many modules the loader's list is believed to have.
const mostModules = 1 << 16

// readDescriptions goes through the loader's list of modules, and returns where their descriptions are by their biases.
func (f *finder) readDescriptions() map[uint64]uint64 {
	all := make(map[uint64]uint64)
	var at uint64
	for i := range f.images {
		if debug := f.images[i].debug; debug != 0 {
			at = f.word(debug + 8)
		}
	}
	for range mostModules {
		var d [40]byte // bias, name, dynamic section, next, previous
		if at == 0 || !f.read(d[:], at) {
			break
		}
		all[binary.LittleEndian.Uint64(d[:])] = at
		at = binary.LittleEndian.Uint64(d[24:])
	}
	return all
}
