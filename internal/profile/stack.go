package profile

import (
	"cmp"
	"encoding/binary"
	"iter"
	"slices"
	"strings"
)

// Stack is a list of frames, innermost first, in as few bytes as it can be, as there may be millions of them. Two of the same
// frames are equal. The zero value has none.
type Stack struct {
	// text is how many bytes each number takes, and then the numbers, their lowest byte first.
	text string
}

// StackOf returns the stack of these frames. Where there are many, a StackArena has them in few allocations.
func StackOf(frames ...uint32) Stack {
	var a StackArena
	return Stack{string(a.pack(frames))}
}

// Len returns how many frames there are.
func (s Stack) Len() int {
	if s.text == "" {
		return 0
	}
	return (len(s.text) - 1) / int(s.text[0])
}

// At returns a frame by its place, 0 for the innermost.
func (s Stack) At(i int) uint32 {
	width := int(s.text[0])
	at := s.text[1+i*width:][:width]
	f := uint32(at[0])
	for n := 1; n < width; n++ {
		f |= uint32(at[n]) << (8 * n)
	}
	return f
}

// All returns the places and the frames.
func (s Stack) All() iter.Seq2[int, uint32] {
	return func(yield func(int, uint32) bool) {
		for i := range s.Len() {
			if !yield(i, s.At(i)) {
				return
			}
		}
	}
}

// Frames returns the frames; nil for none.
func (s Stack) Frames() []uint32 {
	if s.text == "" {
		return nil
	}
	return s.AppendTo(make([]uint32, 0, s.Len()))
}

// Into returns the frames in memory that is used again with each call that is given the same buffer: they are valid until then.
func (s Stack) Into(buffer *[]uint32) []uint32 {
	*buffer = s.AppendTo((*buffer)[:0])
	return *buffer
}

// AppendTo appends the frames to a list.
func (s Stack) AppendTo(list []uint32) []uint32 {
	if s.text == "" {
		return list
	}
	n, rest := len(list), s.text[1:]
	list = slices.Grow(list, s.Len())[:n+s.Len()]
	to := list[n:]
	switch s.text[0] {
	case 1:
		for i := range to {
			to[i] = uint32(rest[i])
		}
	case 2:
		for i := range to {
			b := rest[2*i:][:2]
			to[i] = uint32(b[0]) | uint32(b[1])<<8
		}
	case 3:
		for i := range to {
			b := rest[3*i:][:3]
			to[i] = uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16
		}
	default:
		for i := range to {
			b := rest[4*i:][:4]
			to[i] = uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
		}
	}
	return list
}

// Compare compares the frames of two stacks, the innermost first: it is negative if s comes before t, and 0 if they are equal.
func (s Stack) Compare(t Stack) int {
	n, m := s.Len(), t.Len()
	same := 0
	if n > 0 && m > 0 && s.text[0] == t.text[0] { // what is alike is alike byte by byte
		a, b := s.text[1:], t.text[1:]
		for same < len(a) && same < len(b) && a[same] == b[same] {
			same++
		}
		same /= int(s.text[0])
	}
	for i := same; i < min(n, m); i++ {
		if c := cmp.Compare(s.At(i), t.At(i)); c != 0 {
			return c
		}
	}
	return cmp.Compare(n, m)
}

// StackArena keeps many stacks in few allocations. The zero value is ready.
type StackArena struct {
	chunk   strings.Builder
	scratch []byte
}

// stackChunk is how many bytes of stacks are one allocation.
const stackChunk = 64 << 10

// Add returns the stack of these frames.
func (a *StackArena) Add(frames []uint32) Stack {
	text := a.pack(frames)
	if len(text) == 0 {
		return Stack{}
	}
	if a.chunk.Cap()-a.chunk.Len() < len(text) {
		size := min(max(1<<10, 2*a.chunk.Cap()), stackChunk)
		a.chunk = strings.Builder{}
		a.chunk.Grow(max(size, len(text)))
	}
	start := a.chunk.Len()
	a.chunk.Write(text)
	return Stack{a.chunk.String()[start:]}
}

// pack returns the text of a stack, which is valid until the next call.
func (a *StackArena) pack(frames []uint32) []byte {
	if len(frames) == 0 {
		return nil
	}
	var any uint32
	for _, f := range frames {
		any |= f
	}
	width := 1
	for width < 4 && any>>(8*width) != 0 {
		width++
	}
	size := 1 + width*len(frames)
	text := slices.Grow(a.scratch[:0], size)[:size]
	text[0] = byte(width)
	to := text[1:]
	switch width {
	case 1:
		for i, f := range frames {
			to[i] = byte(f)
		}
	case 2:
		for i, f := range frames {
			binary.LittleEndian.PutUint16(to[2*i:], uint16(f))
		}
	case 3:
		for i, f := range frames {
			b := to[3*i:][:3]
			b[0], b[1], b[2] = byte(f), byte(f>>8), byte(f>>16)
		}
	default:
		for i, f := range frames {
			binary.LittleEndian.PutUint32(to[4*i:], f)
		}
	}
	a.scratch = text
	return text
}
