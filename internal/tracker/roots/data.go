package roots

import (
	"encoding/binary"
	"path/filepath"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/symbol"
	"heapprof/internal/tracker/graph"
)

// whole returns the addresses of a module up to the end of its last page: behind its variables the
// loader may put some of its own.
func (f *finder) whole(m *Module) Range { return Range{m.Start, pageEnd(m.End)} }

// addData adds the variables of all modules.
func (f *finder) addData() error {
	for i := range f.Modules {
		m := &f.Modules[i]
		if m.Allocator {
			f.claimed.add(f.whole(m))
			continue
		}
		for _, s := range f.images[i].segments {
			if !s.writable {
				continue
			}
			d := dataOf{finder: f, module: i, owner: -1, ofMalloc: f.mayHaveMalloc(i)}
			if m.Symbols != nil {
				d.variables = m.Symbols.Variables()
			}
			whole := Range{s.Start &^ (page - 1), pageEnd(s.End)}
			if err := f.unclaimed(whole, d.add); err != nil {
				return err
			}
			f.claimed.add(whole)
		}
	}
	return nil
}

// dataOf is the data of a module on its way to roots.
type dataOf struct {
	*finder
	module    int
	variables []symbol.Variable // those that come
	numbered  uint32            // owner of the first of variables, if begun
	begun     bool
	owner     int  // of what lies in no variable; -1: none yet
	ofMalloc  bool // glibc's malloc may be among it, and not be known as a variable
}

// add adds a range of the data, which comes in ascending order.
func (d *dataOf) add(r Range) {
	bias := d.Modules[d.module].Bias
	for len(d.variables) > 0 {
		v := &d.variables[0]
		at := Range{bias + v.Address, bias + v.Address + v.Size}
		if at.Start >= r.End {
			break
		}
		if in := at.words().and(r); !v.Internal && !in.isEmpty() {
			d.rest(Range{r.Start, in.Start})
			d.of(v, at, in)
			r.Start = in.End
		}
		if at.End > r.End {
			break // it goes on in the next range
		}
		d.variables, d.begun = d.variables[1:], false
	}
	d.rest(r)
}

// of adds what of a variable is in a range.
func (d *dataOf) of(v *symbol.Variable, at, in Range) {
	if IsAllocators(v.Symbol) {
		return
	}
	if !d.begun {
		d.numbered, d.begun = d.own(Owner{Kind: profile.GlobalOwner, Module: d.module, Variable: v, Thread: -1, Mapped: -1, Range: at}), true
	}
	d.root(d.numbered, graph.Firm, in)
}

// rest adds what lies in no variable.
func (d *dataOf) rest(r Range) {
	if r.words().isEmpty() {
		return
	}
	if d.owner < 0 {
		m := &d.Modules[d.module]
		d.owner = int(d.own(Owner{Kind: profile.DataOwner, Module: d.module, Thread: -1, Mapped: -1, Range: d.whole(m)}))
	}
	if d.ofMalloc {
		r.Start = d.addBetweenChunks(r)
	}
	d.root(uint32(d.owner), graph.Firm, r)
}

// addBetweenChunks adds a range but for the addresses of chunks that are in it, and returns where what is left
// of it begins.
func (d *dataOf) addBetweenChunks(r Range) uint64 {
	var some [1 << 16]byte
	for at := r.words().Start; at < r.End; at += uint64(len(some)) {
		n, _ := d.Memory.ReadAt(some[:min(uint64(len(some)), r.End-at)], at)
		for offset := 0; offset+8 <= n; offset += 8 {
			if d.isChunk(binary.LittleEndian.Uint64(some[offset:])) {
				d.root(uint32(d.owner), graph.Firm, Range{r.Start, at + uint64(offset)})
				r.Start = at + uint64(offset) + 8
			}
		}
	}
	return r.Start
}

// mayHaveMalloc reports whether a module may have glibc's malloc, whose data leads to free memory by the
// header in front of it: that lies in the last bytes of the block before.
func (f *finder) mayHaveMalloc(module int) bool {
	name := filepath.Base(f.Modules[module].Path)
	return strings.HasPrefix(name, "libc.so") || strings.HasPrefix(name, "libc-2.") || f.isStatic()
}

// isChunk reports whether glibc has the header of a chunk of memory at an address, as the one of the block before it
// ends there (struct malloc_chunk).
func (f *finder) isChunk(at uint64) bool {
	const header, flags, shared = 16, 7, 8 // bytes of the header that a block may use that lies before it
	if at%16 != 0 || at < header {
		return false
	}
	i := f.blockAt(at)
	if i < 0 {
		i = f.blockAt(at - 1) // it ends there
	}
	if i < 0 {
		return false
	}
	block := f.Blocks[i].Addr
	return block-header+f.word(block-shared)&^flags == at
}
