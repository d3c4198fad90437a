package types

import (
	"strconv"

	"heapprof/internal/profile"
	"heapprof/internal/report/names"
)

// sizes knows how large values of types are.
type sizes struct {
	told map[string]uint64 // as debug information has it, by the full name; 0 where it has two
}

// newSizes collects what debug information tells of the sizes of types.
func newSizes(p *profile.Profile) sizes {
	s := sizes{told: map[string]uint64{}}
	for i := range p.Frames {
		d := &p.Frames[i]
		if d.TypeSize == 0 {
			continue
		}
		var t names.Type
		if d.Created != "" {
			t = names.ParseType(d.Created)
		} else if args := names.ParseType(d.Instance).Last().Args; len(args) > 0 {
			t = args[0]
		}
		if t.IsZero() {
			continue
		}
		key := t.String()
		if known, ok := s.told[key]; ok && known != d.TypeSize {
			s.told[key] = 0 // of two libraries, or versions
			continue
		}
		s.told[key] = d.TypeSize
	}
	return s
}

// plainSizes are the sizes of Rust's own numbers.
var plainSizes = map[string]uint64{
	"u8": 1, "i8": 1, "bool": 1, "u16": 2, "i16": 2, "u32": 4, "i32": 4, "f32": 4, "char": 4,
	"u64": 8, "i64": 8, "f64": 8, "usize": 8, "isize": 8, "u128": 16, "i128": 16,
}

// wordSizes are the sizes, in words, of containers themselves, which are the same whatever they
// hold.
var wordSizes = map[string]uint64{vec: 3, text: 3}

// word is the size of a pointer: heapprof records on machines of 64 bits only.
const word = 8

// of returns the size of a value of type t in bytes, or 0 where it is not known.
func (s sizes) of(t names.Type) uint64 {
	if t.IsZero() {
		return 0
	}
	if size := s.told[t.String()]; size != 0 {
		return size
	}
	switch t.Shape {
	case names.Named:
		return s.ofNamed(t)
	case names.Pointer:
		return pointerTo(t.Args[0])
	case names.Array:
		if n, err := strconv.ParseUint(t.Text, 10, 32); err == nil {
			return n * s.of(t.Args[0])
		}
	case names.Function:
		return word
	}
	return 0
}

func (s sizes) ofNamed(t names.Type) uint64 {
	head := t.Head()
	if size, ok := plainSizes[head]; ok {
		return size
	}
	if words, ok := wordSizes[head]; ok {
		return words * word
	}
	if args := t.Last().Args; len(args) > 0 && isPointer(head) {
		return pointerTo(args[0])
	}
	return 0
}

// pointerTo is the size of a pointer of Rust's to a t: one word more where the pointer has
// to know how large that is.
func pointerTo(t names.Type) uint64 {
	switch {
	case t.IsParameter() || t.Shape == names.Verbatim:
		return 0
	case isUnsized(t):
		return 2 * word
	}
	if args := t.Last().Args; len(args) > 0 && isUnsized(args[len(args)-1]) && !isPointer(t.Head()) {
		return 0 // Mutex<dyn Trait> is as unsized as that, PhantomData<dyn Trait> is not
	}
	return word
}

// unsizedTypes are types of the libraries that are behind pointers only.
var unsizedTypes = map[string]bool{
	"str": true, "std::path::Path": true, "std::ffi::os_str::OsStr": true, "core::ffi::c_str::CStr": true, "bstr::bstr::BStr": true,
}

func isUnsized(t names.Type) bool {
	return t.Shape == names.Slice || t.Shape == names.Dyn || unsizedTypes[t.Head()]
}

func isPointer(head string) bool { return head == box || head == rc || head == arc }
