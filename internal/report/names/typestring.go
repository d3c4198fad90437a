package names

import (
	"slices"
	"strings"
)

// String is the name with all paths, but without the arguments that are so by default.
func (t Type) String() string { return t.format(typeStyle{depth: all}) }

// all is more than any name has.
const all = 1 << 20

// Short is the name as a person would write it: of paths the last part, and without the arguments that are
// so by default. What does not fit into width columns is cut: first what is deepest in brackets.
//
//	alloc::vec::Vec<app::Event, alloc::alloc::Global>    Vec<Event>
func (t Type) Short(width int) string { return t.fit(typeStyle{short: true}, width) }

// fit writes the name into width columns.
func (t Type) fit(style typeStyle, width int) string {
	style.depth = all
	name := t.format(style)
	if Width(name) <= width {
		return name
	}
	for style.depth = min(t.depth(), 12); style.depth > 0; style.depth-- {
		if name = t.format(style); Width(name) <= width {
			return name
		}
	}
	return CutMiddle(name, width)
}

// depth is how deep types are within each other.
func (t Type) depth() int {
	most := 0
	for _, a := range t.Args {
		most = max(most, 1+a.depth())
	}
	for _, s := range t.Path {
		for _, a := range s.Args {
			most = max(most, 1+a.depth())
		}
	}
	return most
}

// typeStyle is how a type is written.
type typeStyle struct {
	short     bool
	arguments bool              // short, but with all arguments
	labels    map[string]string // short, but what to call types that have these heads
	depth     int               // arguments deeper than that are …
}

func (t Type) format(style typeStyle) string {
	var b strings.Builder
	t.write(&b, style)
	return b.String()
}

func (t Type) write(b *strings.Builder, style typeStyle) {
	if t.IsZero() {
		return
	}
	switch t.Shape {
	case Named:
		t.writePath(b, style)
	case Pointer:
		b.WriteString(t.Text)
		t.writeOne(b, style)
	case Suffixed:
		t.writeOne(b, style)
		if t.Text == "const" || t.Text == "volatile" {
			b.WriteByte(' ')
		}
		b.WriteString(t.Text)
	case Slice:
		b.WriteByte('[')
		t.writeOne(b, style)
		b.WriteByte(']')
	case Array:
		b.WriteByte('[')
		t.writeOne(b, style)
		b.WriteString("; " + t.Text + "]")
	case Tuple:
		style.list(b, "(", t.Args, ")")
	case Function:
		style.list(b, t.Text+"(", t.Args[:len(t.Args)-1], ")")
		if result := t.Args[len(t.Args)-1]; result.Shape != Verbatim || result.Text != "" {
			b.WriteString(" -> ")
			result.write(b, style)
		}
	case Dyn:
		b.WriteString(t.Text)
		style.join(b, t.Args, " + ")
	case Associated:
		b.WriteString(t.Text + "=")
		t.writeOne(b, style)
	case Verbatim:
		b.WriteString(t.Text)
	}
}

// writeOne writes the type that t is made of.
func (t Type) writeOne(b *strings.Builder, style typeStyle) {
	if len(t.Args) == 1 {
		t.Args[0].write(b, style)
	}
}

// list writes types in brackets, or … for them if they are too deep.
func (s typeStyle) list(b *strings.Builder, opening string, types []Type, closing string) {
	b.WriteString(opening)
	if s.depth--; s.depth <= 0 && len(types) > 0 {
		b.WriteString("…")
	} else {
		s.join(b, types, ", ")
	}
	b.WriteString(closing)
}

func (s typeStyle) join(b *strings.Builder, types []Type, separator string) {
	for i, t := range types {
		if i > 0 {
			b.WriteString(separator)
		}
		t.write(b, s)
	}
}

// writePath writes a path, or as much of its end as is wanted.
func (t Type) writePath(b *strings.Builder, style typeStyle) {
	head := t.Head()
	if style.short {
		if label := style.label(head); label != "" {
			Segment{Name: label, Args: t.Last().Args}.write(b, style, head, true)
			return
		}
	}
	path := t.Path
	inFunction := strings.HasPrefix(t.Last().Name, "{")
	if style.short {
		path = t.shortPath()
	}
	for i, s := range path {
		if i > 0 {
			b.WriteString("::")
		}
		if inFunction && style.short && s.Name != "" && !style.arguments {
			s.Args = nil // what a closure's function is generic for tells less than it takes room
		}
		s.write(b, style, head, i == len(path)-1)
	}
}

// label is what to call types of that head, "" for what its path's end says.
func (s typeStyle) label(head string) string {
	if label := s.labels[head]; label != "" {
		return label
	}
	return shortNames[head]
}

// shortPath is the part of a path that stays in short: its end. A closure is named by its function, and what
// a task runs by the whole path: the crate is what tells one handle_connection from another.
func (t Type) shortPath() []Segment {
	last := len(t.Path) - 1
	if !strings.HasPrefix(t.Path[last].Name, "{") {
		return t.Path[last:]
	}
	whole := strings.HasPrefix(t.Path[last].Name, "{async")
	var path []Segment
	for i := last - 1; i >= 0 && (whole || len(path) == 0); i-- {
		if !strings.HasPrefix(t.Path[i].Name, "{") {
			path = append(path, t.Path[i])
		}
	}
	slices.Reverse(path)
	return append(path, t.Path[last])
}

func (s Segment) write(b *strings.Builder, style typeStyle, head string, last bool) {
	if s.Name == "" {
		s.writeImplementation(b, style)
		return
	}
	name := s.Name
	if style.short {
		name = shortBraces(name)
	}
	b.WriteString(name)
	args := s.Args
	if last {
		args = withoutDefaults(head, args, style.short && !style.arguments)
	}
	if len(args) == 0 {
		return
	}
	if sugar, ok := callSugar(s.Name, args); ok {
		style.list(b, "(", sugar.Args[:len(sugar.Args)-1], ")")
		if result := sugar.Args[len(sugar.Args)-1]; result.Shape != Tuple || len(result.Args) > 0 {
			b.WriteString(" -> ")
			result.write(b, style)
		}
		return
	}
	style.list(b, "<", args, ">")
}

func (s Segment) writeImplementation(b *strings.Builder, style typeStyle) {
	b.WriteByte('<')
	style.join(b, s.Args, " as ")
	b.WriteByte('>')
}

// callSugar returns the arguments of the traits of what can be called, written as
// everybody does: Fn<(A, B), Output=R> is Fn(A, B) -> R.
func callSugar(name string, args []Type) (Type, bool) {
	if name != "Fn" && name != "FnMut" && name != "FnOnce" || args[0].Shape != Tuple || len(args) > 2 {
		return Type{}, false
	}
	result := Type{Shape: Tuple}
	if len(args) == 2 {
		if args[1].Shape != Associated || args[1].Text != "Output" {
			return Type{}, false
		}
		result = args[1].Args[0]
	}
	return Type{Shape: Function, Args: append(args[0].Args[:len(args[0].Args):len(args[0].Args)], result)}, true
}

// shortBraces is what a part in braces is called: {closure}, {async fn}, {async block}. What was left
// out of a name is … without its hash.
func shortBraces(name string) string {
	if strings.HasPrefix(name, Elided.Text) {
		return Elided.Text
	}
	if !strings.HasPrefix(name, "{") {
		return name
	}
	what, _, ok := strings.Cut(name, "#")
	if !ok {
		return name
	}
	return strings.ReplaceAll(what, "_", " ") + "}"
}

// shortNames are types whose last part alone would say too little.
var shortNames = map[string]string{
	"tokio::runtime::task::core::Cell": "task::Cell",
}

// shortArguments is how many arguments of a type say what it holds; what follows them
// is how: hashers, allocators of one's own, a task's scheduler.
var shortArguments = map[string]int{
	"tokio::runtime::task::core::Cell": 1,

	"std::collections::hash::map::HashMap": 2, "hashbrown::map::HashMap": 2, "HashMap": 2,
	"std::collections::hash::set::HashSet": 1, "hashbrown::set::HashSet": 1, "HashSet": 1,
	"indexmap::map::IndexMap": 2, "indexmap::set::IndexSet": 1, "dashmap::DashMap": 2,
}

// defaultArguments are the heads of types that are an argument unless the program names another.
var defaultArguments = map[string]bool{
	"alloc::alloc::Global":                          true,
	"std::alloc::Global":                            true,
	"allocator_api2::stable::alloc::global::Global": true,
	"hashbrown::raw::inner::alloc::inner::Global":   true,
	"hashbrown::raw::alloc::inner::Global":          true,
	"std::hash::random::RandomState":                true,
	"std::collections::hash::map::RandomState":      true,
}

// IsDefault reports whether an argument is one that is so by default.
func (t Type) IsDefault() bool {
	if t.Shape == Pointer {
		return t.Args[0].IsDefault()
	}
	return t.Shape == Named && defaultArguments[t.Head()]
}

// withoutDefaults returns the arguments of a type without those at the end that are so by
// default, and in short only those that say what it holds.
func withoutDefaults(head string, args []Type, short bool) []Type {
	if n, ok := shortArguments[head]; ok && short && n < len(args) {
		args = args[:n]
	}
	for len(args) > 0 && args[len(args)-1].IsDefault() {
		args = args[:len(args)-1]
	}
	return args
}
