package gperftools

import (
	"bytes"
	"strings"

	"heapprof/internal/format/addresses"
	"heapprof/internal/profile"
)

// name takes a line that names a frame of the stack above it, as Go's run-time system writes them:
// "#	0x4cdbc3	main.build+0x1f	/srv/heap.go:22", without "#	0x". The frames of the run-time system that allocate are left out there,
// and an inlined call has the address of what it was inlined into.
func (r *reader) name(text []byte) {
	if n, ok := r.named[string(text)]; ok {
		r.stack = append(r.stack, n)
		return
	}
	addr, rest, ok := addresses.Hex(text)
	fields := strings.Split(strings.Trim(string(rest), "\t"), "\t")
	if !ok || fields[0] == "" || len(r.p.Points) == 0 {
		return
	}
	f := profile.Frame{Addr: addr, Function: fields[0]}
	if i := strings.LastIndex(f.Function, "+0x"); i > 0 {
		f.Function = f.Function[:i]
	}
	if place := fields[len(fields)-1]; len(fields) > 1 {
		f.File = place
		if i := strings.LastIndexByte(place, ':'); i > 0 {
			if line, rest, ok := addresses.Decimal([]byte(place[i+1:])); ok && len(rest) == 0 && line < 1<<31 {
				f.File, f.Line = place[:i], int(line)
			}
		}
	}
	r.p.Maker = "Go"
	n := r.table.Named(f)
	r.named[string(text)] = n
	r.stack = append(r.stack, n)
}

// takeNames gives the last point the frames that were named below it.
func (r *reader) takeNames() {
	if len(r.stack) == 0 {
		return
	}
	r.p.Points[len(r.p.Points)-1].Stack = r.table.StackOf(r.stack)
	r.stack = r.stack[:0]
}

// attribute is a text that mappings refer to by its name: "source=/home", "$source/app".
type attribute struct{ name, value []byte }

// mapping takes a line of the list of mappings, or an attribute before them. What a damaged file has must
// not grow with each text that refers to another one.
func (r *reader) mapping(text []byte) error {
	const mostAttributes, longest, mostText = 16, 256, 64 << 10
	for _, a := range r.attributes {
		if len(text) > mostText {
			return r.lines.Damaged("is longer than %d bytes", mostText)
		}
		text = bytes.ReplaceAll(text, a.name, a.value)
	}
	if r.table.Mapping(text) || r.lines.Cut {
		return nil
	}
	name, value, ok := bytes.Cut(text, []byte("="))
	if !ok || len(name) == 0 || len(value) > longest || len(r.attributes) == mostAttributes {
		return r.lines.Damaged("is no mapping")
	}
	r.attributes = append(r.attributes, attribute{append([]byte("$"), name...), bytes.Clone(value)})
	return nil
}
