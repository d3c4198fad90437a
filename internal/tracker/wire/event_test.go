package wire_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"heapprof/internal/tracker/wire"
	"heapprof/internal/tracker/wire/wiretest"
)

// What testdata/events.c encodes.
const (
	stamp   = 0x8123456789abcdf
	address = 0x800000a0b0c1
	size    = 0x2000d0e0f0001
	stack   = 0x8070101
	large   = 0x8000000d0e0f0001 // more than a block has, which a mapping may be asked for
	path    = "/usr/lib/libexample.so.1"
)

// events are, by the names in testdata/events.c, how each event is decoded, to what, in how
// many words, and what wiretest encodes.
var events = map[string]struct {
	decode  func(w *wire.Words, i uint64) any
	want    any
	words   int
	encoded []uint64
}{
	"alloc":          {alloc, block, wire.AllocWords, wiretest.Alloc(block)},
	"realloced":      {alloc, reallocated, wire.AllocWords, wiretest.Realloced(reallocated)},
	"free":           {free, freed, wire.FreeWords, wiretest.Free(freed)},
	"free_sampled":   {free, outlived, wire.FreeWords, wiretest.Free(outlived)},
	"free_through":   {func(w *wire.Words, i uint64) any { return [2]any{w.Free(i), w.Through(i)} }, [2]any{freedThrough, through}, wire.FreeWords + 1, wiretest.Through(wiretest.Free(outlived), through)},
	"free_inner":     {free, freed, wire.FreeWords, wiretest.FreeInner(freed)},
	"realloc":        {free, freed, wire.FreeWords, wiretest.Realloc(freed)},
	"realloc_inner":  {free, freed, wire.FreeWords, wiretest.ReallocInner(freed)},
	"realloc_failed": {end, uint64(stamp), wire.EndWords, wiretest.ReallocFailed(stamp)},
	"realloc_freed":  {end, uint64(stamp), wire.EndWords, wiretest.ReallocFreed(stamp)},
	"alloc_short":    {func(w *wire.Words, i uint64) any { return w.AllocShort(i) }, shortBlock, wire.AllocShortWords, wiretest.AllocShort(shortBlock)},
	"free_short":     {func(w *wire.Words, i uint64) any { return w.FreeShort(i) }, shortFreed, wire.FreeShortWords, wiretest.FreeShort(shortFreed)},
	"node":           {func(w *wire.Words, i uint64) any { return w.Node(i) }, node, wire.NodeWords, wiretest.Node(node)},
	"thread":         {func(w *wire.Words, i uint64) any { return w.Thread(i) }, thread, wire.ThreadWords, wiretest.Thread(thread)},
	"fork":           {func(w *wire.Words, i uint64) any { return w.Fork(i) }, fork, wire.ForkWords, wiretest.Fork(fork)},
	"mapping":        {func(w *wire.Words, i uint64) any { return w.Mapping(i) }, mapping, wire.MappingWords, wiretest.Mapping(mapping)},
	"call":           {func(w *wire.Words, i uint64) any { return w.Call(i) }, call, wire.CallWords, wiretest.Call(call)},
	"module":         {module, file, int(file.Words), wiretest.Module(file)},
	"exec_failed":    {program, wire.Exec{Stamp: stamp, Failed: true, Path: path, Words: 5}, 5, wiretest.Exec(wire.Exec{Stamp: stamp, Failed: true, Path: path})},
	"exec_own":       {program, wire.Exec{Stamp: stamp, Own: true, Path: path, Words: 5}, 5, wiretest.Exec(wire.Exec{Stamp: stamp, Own: true, Path: path})},
	"exec_library":   {program, wire.Exec{Stamp: stamp, Library: true, Path: path, Words: 5}, 5, wiretest.Exec(wire.Exec{Stamp: stamp, Library: true, Path: path})},
	"exec_memory":    {program, wire.Exec{Stamp: stamp, Memory: true, Path: path, Words: 5}, 5, wiretest.Exec(wire.Exec{Stamp: stamp, Memory: true, Path: path})},
}

var (
	block        = wire.Alloc{Stamp: stamp, Address: address, Bytes: size, Stack: stack, Family: wire.FamilyOne}
	reallocated  = wire.Alloc{Stamp: stamp, Address: address, Bytes: size, Stack: stack}
	shortBlock   = wire.AllocShort{Later: 0x80000f01, Address: address, Bytes: 0x8701, Stack: stack}
	freed        = wire.Free{Stamp: stamp, Address: address}
	outlived     = wire.Free{Stamp: stamp, Address: address, Outlived: true}
	freedThrough = wire.Free{Stamp: stamp, Address: address, Outlived: true, HasThrough: true}
	through      = wire.Through{Stack: stack, Family: wire.FamilyArray}
	shortFreed   = wire.FreeShort{Later: 0x8f01, Address: 0x800000a0b010}
	node         = wire.Node{Stack: stack, Parent: 0x8060201, PC: address, Module: 0x8301}
	thread       = wire.Thread{Stamp: stamp, ID: 0x7fffffff}
	fork         = wire.Fork{Stamp: stamp, Number: 0x80000005}
	mapping      = wire.Mapping{Stamp: stamp, Address: address, Bytes: large, Stack: stack, Change: wire.MappingPut, Inside: true, Protection: 0x81, Flags: 0x80000031}
	call         = wire.Call{Stamp: stamp, Stack: stack, What: 0x81, Number: 0x8090101, Amount: large}
	file         = wire.Module{
		Number: 0x8401, Bypasses: true, Start: 0x8000000000001000, End: 0x8000000000009000, Bias: 0x8000000000000010,
		BuildID: "\x81\x02\x03", Path: path, Words: 9,
	}
)

func alloc(w *wire.Words, i uint64) any { return w.Alloc(i) }

func free(w *wire.Words, i uint64) any { return w.Free(i) }

func end(w *wire.Words, i uint64) any { return w.Stamp(i, 0) }

func module(w *wire.Words, i uint64) any {
	m, ok := w.Module(i, i+uint64(file.Words))
	return orNone(m, ok)
}

func program(w *wire.Words, i uint64) any {
	e, ok := w.Exec(i, i+5)
	return orNone(e, ok)
}

func orNone(event any, ok bool) any {
	if !ok {
		return "no event that makes sense"
	}
	return event
}

// TestEventsOfTheLibraryAreDecodedToWhatItEncoded does so wherever in the ring they lie.
func TestEventsOfTheLibraryAreDecodedToWhatItEncoded(t *testing.T) {
	kinds := make(map[wire.Kind]bool)
	encoded := encodedInC(t)
	for name, e := range events {
		words := encoded[name]
		if len(words) != e.words {
			t.Errorf("%s has %d words in C and %d in Go", name, len(words), e.words)
			continue
		}
		if !slices.Equal(words, e.encoded) {
			t.Errorf("%s is %x of the library and %x of wiretest", name, words, e.encoded)
		}
		for _, i := range []uint64{0, 5*wire.RingWords - 1, 1<<40 - 2} {
			ring := ringWith(i, words)
			kinds[ring.Kind(i)] = true
			if got := e.decode(ring, i); got != e.want {
				t.Errorf("%s at %d is decoded to %+v, want %+v", name, i, got, e.want)
			}
		}
	}
	for _, c := range goConstants(t) {
		if c.typ == "wire.Kind" && !kinds[wire.Kind(c.value)] {
			t.Errorf("no %s is among testdata/events.c's", c.name)
		}
	}
}

func ringWith(i uint64, words []uint64) *wire.Words {
	ring := new(wire.Words)
	for _, word := range words {
		ring[i%wire.RingWords] = word
		i++
	}
	return ring
}

func TestStampsOfShortEventsCountFromTheLast(t *testing.T) {
	for _, c := range []struct {
		words []uint64
		want  uint64
	}{
		{wiretest.AllocShort(shortBlock), 1000 + shortBlock.Later},
		{wiretest.FreeShort(shortFreed), 1000 + shortFreed.Later},
		{wiretest.Alloc(block), stamp},
		{wiretest.Exec(wire.Exec{Stamp: stamp}), stamp},
	} {
		if got := ringWith(7, c.words).Stamp(7, 1000); got != c.want {
			t.Errorf("the stamp of %x is %#x, want %#x", c.words, got, c.want)
		}
	}
}

func TestTextLongerThanItsEventMakesNoSense(t *testing.T) {
	encoded := wiretest.Module(file)
	written := uint64(len(encoded))
	const words, sizes = 0, 4 // where the event has its own length, and those of its texts
	for name, c := range map[string]struct {
		change  map[int]uint64
		written uint64
	}{
		"a path beyond the event":         {map[int]uint64{sizes: 3 | 30<<32}, written},
		"a build-id beyond it":            {map[int]uint64{sizes: 30 | 24<<32}, written},
		"lengths whose sum is none":       {map[int]uint64{sizes: 1<<32 - 1 | (1<<32-1)<<32}, written},
		"a path longer than any":          {map[int]uint64{words: encoded[words] | 1<<30, sizes: 20000 << 32}, 1 << 20},
		"an event of less than its head":  {map[int]uint64{words: encoded[words]&^(0xffff<<16) | 4<<16}, written},
		"an event beyond what is written": {nil, written - 1},
	} {
		changed := slices.Clone(encoded)
		for i, word := range c.change {
			changed[i] = word
		}
		if m, ok := ringWith(3, changed).Module(3, 3+c.written); ok {
			t.Errorf("%s: a module is decoded, %+v", name, m)
		}
	}
	if e, ok := ringWith(3, wiretest.Exec(wire.Exec{Path: path})).Exec(3, 3+4); ok {
		t.Errorf("a program is decoded whose path is not written: %+v", e)
	}
}

func TestShortEventsAreThoseThatFit(t *testing.T) {
	encoded := encodedInC(t)
	for name, want := range map[string][]uint64{"is_alloc_short": {0x100}, "is_free_short": {0x100}, "has_address": {0x10}} {
		if got := encoded[name]; !slices.Equal(got, want) {
			t.Errorf("%s is %x, want %x", name, got, want)
		}
	}
}

// encodedInC returns what testdata/events.c prints: words, by their names.
func encodedInC(t *testing.T) map[string][]uint64 {
	t.Helper()
	encoded := make(map[string][]uint64)
	for line := range strings.Lines(run(t, "testdata/events.c")) {
		fields := strings.Fields(line)
		for _, field := range fields[1:] {
			word, err := strconv.ParseUint(field, 16, 64)
			if err != nil {
				t.Fatal(err)
			}
			encoded[fields[0]] = append(encoded[fields[0]], word)
		}
	}
	return encoded
}
