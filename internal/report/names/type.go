package names

import (
	"strings"
)

// Type is the name of a type, taken apart. Debug information, the two manglings of Rust and
// the demangler of C++ spell one type differently; what String writes of it is the same
// for all of them.
type Type struct {
	Shape Shape
	Text  string    // what the shape says of it
	Path  []Segment // of a Named
	Args  []Type    // what it is made of
}

// Segment is one part of a path, with the arguments that it has there:
// "std::map<int, Foo>::iterator" has them in the middle.
type Segment struct {
	Name string
	Args []Type
}

// Shape is how a type is made of others.
type Shape uint8

// The shapes.
const (
	Named      Shape = iota // a path: Path
	Pointer                 // Args[0] after Text, which is "&", "&mut ", "*const " or "*mut "
	Suffixed                // Args[0] before Text, as C++ writes pointers, references, const and arrays
	Slice                   // [Args[0]]
	Array                   // [Args[0]; Text]
	Tuple                   // (Args…)
	Function                // Text, such as "fn" or C++'s "", of Args, whose last is the result; it is a Verbatim without text where there is none
	Dyn                     // Text ("dyn " or "impl ") and the traits Args
	Associated              // Text=Args[0], an argument of a trait
	Verbatim                // Text as it stands: a constant, or what is not understood
)

// Elided stands for a type that is not known, or that there was no room for.
var Elided = Type{Shape: Verbatim, Text: "…"}

// IsZero reports whether t is no type at all.
func (t Type) IsZero() bool { return t.Shape == Named && len(t.Path) == 0 }

// IsElided reports whether t stands for a type that is not known.
func (t Type) IsElided() bool { return t.Shape == Verbatim && t.Text == Elided.Text }

// NewType returns the type of that path, "alloc::vec::Vec", with arguments.
func NewType(path string, args ...Type) Type {
	t := Type{Shape: Named}
	for name := range strings.SplitSeq(path, "::") {
		t.Path = append(t.Path, Segment{Name: name})
	}
	t.Path[len(t.Path)-1].Args = args
	return t
}

// Head is the path of a Named without any arguments: "alloc::vec::Vec". It is "" for
// other shapes.
func (t Type) Head() string {
	if t.Shape != Named {
		return ""
	}
	if len(t.Path) == 1 {
		return t.Path[0].Name
	}
	var b strings.Builder
	for i, s := range t.Path {
		if i > 0 {
			b.WriteString("::")
		}
		if s.Name == "" && len(s.Args) > 0 {
			b.WriteString("<" + s.Args[0].Head() + ">")
		}
		b.WriteString(s.Name)
	}
	return b.String()
}

// Last is the last part of the path of a Named, with its arguments; the zero Segment for
// other shapes.
func (t Type) Last() Segment {
	if t.Shape != Named || len(t.Path) == 0 {
		return Segment{}
	}
	return t.Path[len(t.Path)-1]
}

// IsParameter reports whether t is what generic code calls a type of its caller's: T, K, Self.
// Types of programs have a path.
func (t Type) IsParameter() bool {
	if t.Shape != Named || len(t.Path) != 1 || len(t.Path[0].Args) > 0 {
		return false
	}
	name := t.Path[0].Name
	return name != "" && name[0] >= 'A' && name[0] <= 'Z' && isWord(name)
}

func isWord(s string) bool {
	for i := range len(s) {
		if !isIdent(s[i]) {
			return false
		}
	}
	return true
}
