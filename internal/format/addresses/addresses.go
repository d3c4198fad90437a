// Package addresses has what text formats share whose stacks are addresses, as jemalloc's and
// gperftools': the addresses of a line become frames, and the mappings of /proc/PID/maps, which stand at
// the end of such a file, the modules that they are in. Names are found later, by others.
package addresses

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"heapprof/internal/profile"
)

// Table collects the frames of a profile. The zero value is ready.
type Table struct {
	frames   []profile.Frame // without the root
	known    map[uint64]uint32
	stacks   profile.StackArena
	scratch  []uint32
	mappings []mapping
	modules  []*profile.Module
}

// mapping is code that is mapped.
type mapping struct {
	start, end uint64
	module     *profile.Module
}

// Stack returns the stack of a line of addresses in hex, the innermost first, each the one that a call
// returns to; ok is false if the line has anything else.
func (t *Table) Stack(line []byte) (stack profile.Stack, ok bool) {
	t.scratch = t.scratch[:0]
	for len(line) > 0 {
		if line[0] == ' ' || line[0] == '\t' {
			line = line[1:]
			continue
		}
		addr, rest, ok := Hex(bytes.TrimPrefix(line, []byte("0x")))
		if !ok || len(rest) > 0 && rest[0] != ' ' && rest[0] != '\t' {
			return profile.Stack{}, false
		}
		line = rest
		t.scratch = append(t.scratch, t.frame(addr))
	}
	return t.stacks.Add(t.scratch), true
}

// Named adds a frame that the file names, and returns its index.
func (t *Table) Named(f profile.Frame) uint32 {
	t.frames = append(t.frames, f)
	return uint32(len(t.frames))
}

// frame returns the frame of an address that a call returns to. Its own address is in the call,
// which may be the last of its function.
func (t *Table) frame(addr uint64) uint32 {
	if addr > 0 {
		addr--
	}
	n, ok := t.known[addr]
	if !ok {
		if t.known == nil {
			t.known = map[uint64]uint32{}
		}
		t.frames = append(t.frames, profile.Frame{Addr: addr})
		n = uint32(len(t.frames)) // the root is 0
		t.known[addr] = n
	}
	return n
}

// StackOf returns the stack of frames that Named has returned.
func (t *Table) StackOf(frames []uint32) profile.Stack { return t.stacks.Add(frames) }

// Mapping takes a line of /proc/PID/maps, or one that names only code:
//
//	7f0000001000-7f0000009000 r-xp 00001000 fe:00 326789    /usr/lib/libz.so.1
//	7f0000001000-7f0000009000: /usr/lib/libz.so.1 (@1000) c0ffee
//
// ok is false if it is none.
func (t *Table) Mapping(line []byte) (ok bool) {
	start, rest, ok1 := Hex(bytes.TrimLeft(line, " \t"))
	rest, dash := bytes.CutPrefix(rest, []byte("-"))
	end, rest, ok2 := Hex(rest)
	if !ok1 || !ok2 || !dash || end < start {
		return false
	}
	if rest, brief := bytes.CutPrefix(rest, []byte(":")); brief {
		path, rest := word(rest)
		at, rest := word(rest)
		var offset uint64
		if digits, told := bytes.CutPrefix(at, []byte("(@")); told {
			offset, _, _ = Hex(digits)
		}
		id, _ := word(rest)
		t.mapped(start, end, offset, string(path), true).BuildID = strings.ToLower(string(id))
		return true
	}
	access, rest := word(rest)
	at, rest := word(rest)
	offset, _, ok := Hex(at)
	if !ok || len(access) < len("rwx") {
		return false
	}
	_, rest = word(rest) // device
	_, rest = word(rest) // inode
	path, deleted := strings.CutSuffix(strings.TrimSpace(string(rest)), " (deleted)")
	if path == "" || strings.HasPrefix(path, "[") && path != "[vdso]" || strings.HasPrefix(path, "//anon") {
		return true
	}
	if m := t.mapped(start, end, offset, path, access[2] == 'x'); deleted {
		m.Nameless = profile.Deleted
	}
	return true
}

// mapped takes a mapping, and returns its module.
func (t *Table) mapped(start, end, offset uint64, path string, isCode bool) *profile.Module {
	m := t.module(path, start, offset)
	m.End = max(m.End, end)
	if isCode {
		if !m.ByOffset {
			m.Bias, m.ByOffset = start-offset, true
		}
		t.mappings = append(t.mappings, mapping{start, end, m})
	}
	return m
}

// module returns the module that a mapping of a file is a part of: that of the mapping before, unless the file
// is mapped once more from its start on, as a library that was closed and opened again.
func (t *Table) module(path string, start, offset uint64) *profile.Module {
	if n := len(t.modules); n > 0 {
		if last := t.modules[n-1]; last.Path == path && offset != 0 {
			return last
		}
	}
	m := &profile.Module{Path: path, Start: start}
	t.modules = append(t.modules, m)
	return m
}

// Finish gives the profile the frames, and the modules that they are in.
func (t *Table) Finish(p *profile.Profile) {
	slices.SortStableFunc(t.mappings, func(a, b mapping) int { return cmp.Compare(a.start, b.start) })
	used := map[*profile.Module]bool{}
	for i := range t.frames {
		f := &t.frames[i]
		if f.Module = t.at(f.Addr); f.Module != nil {
			used[f.Module] = true
		}
	}
	p.Frames = append([]profile.Frame{profile.Root}, t.frames...)
	p.Modules = slices.DeleteFunc(slices.Clone(t.modules), func(m *profile.Module) bool { return !used[m] })
}

// Program returns the path of the program that was mapped: of the first file; "" where none was.
func (t *Table) Program() string {
	if len(t.modules) == 0 {
		return ""
	}
	return t.modules[0].Path
}

// at returns the module whose code is at an address; nil for none.
func (t *Table) at(addr uint64) *profile.Module {
	n, found := slices.BinarySearchFunc(t.mappings, addr, func(m mapping, addr uint64) int { return cmp.Compare(m.start, addr) })
	if !found {
		n--
	}
	if n < 0 || addr >= t.mappings[n].end {
		return nil
	}
	return t.mappings[n].module
}

// Hex returns the number in hex that a text begins with, and the rest; ok is false if there is none, or it has more than
// 64 bits.
func Hex(text []byte) (n uint64, rest []byte, ok bool) {
	for i, c := range text {
		var digit byte
		switch {
		case '0' <= c && c <= '9':
			digit = c - '0'
		case 'a' <= c && c <= 'f':
			digit = c - 'a' + 10
		case 'A' <= c && c <= 'F':
			digit = c - 'A' + 10
		default:
			return n, text[i:], i > 0
		}
		if n>>60 != 0 {
			return 0, text, false
		}
		n = n<<4 | uint64(digit)
	}
	return n, nil, len(text) > 0
}

// word returns the word that a text begins with, and the rest.
func word(text []byte) (first, rest []byte) {
	text = bytes.TrimLeft(text, " \t")
	if i := bytes.IndexAny(text, " \t"); i >= 0 {
		return text[:i], text[i:]
	}
	return text, nil
}
