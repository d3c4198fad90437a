package flame

import (
	"cmp"
	"slices"
	"strings"

	"heapprof/internal/report/frames"
)

// Label is what one box of a flame graph stands for: all frames of a
// profile that share it, under the same caller. What a renderer cannot show it
// leaves empty, so that nothing is split that would look the same.
type Label struct {
	Kind   Kind
	Name   string
	Apart  string // what tells it from others of its name: see namesakes
	File   string
	Module string
	Passed string // of a run: what its frames are of
}

// Kind is what a box stands for.
type Kind uint8

// The kinds of boxes.
const (
	Function Kind = iota
	Run           // of frames that are left out: see frames.Steps
	Type          // of the blocks; always innermost
	Marker        // of frames that are not there, as [truncated]
)

// Text returns the name, with what tells it from others of that name if there are any.
func (l Label) Text(name string) string {
	if l.Apart == "" {
		return name
	}
	return name + " [" + l.Apart + "]"
}

func (l Label) compare(o Label) int {
	return cmp.Or(cmp.Compare(l.Name, o.Name), cmp.Compare(l.Kind, o.Kind), cmp.Compare(l.Apart, o.Apart), cmp.Compare(l.Module, o.Module), cmp.Compare(l.File, o.File))
}

// namesakes returns of each frame what to tell it from others of its name by:
// their files, or their modules where no file is known, as the tree does. A
// frame that has no namesake has "".
func namesakes(t *frames.Table) []string {
	type function struct{ name, module string }
	withFile := map[function]bool{}
	for i := range t.Len() {
		if f := t.Frame(uint32(i)); f.File != "" {
			withFile[function{f.Function, f.Module}] = true
		}
	}
	// A function's frame without a line says nothing of another function.
	vague := func(f *frames.Frame) bool { return f.File == "" && withFile[function{f.Function, f.Module}] }
	owners := map[string][]string{}
	for i := range t.Len() {
		if f := t.Frame(uint32(i)); f.Function != "" && !vague(f) && !slices.Contains(owners[f.Function], f.Owner()) {
			owners[f.Function] = append(owners[f.Function], f.Owner())
		}
	}
	apart := make([]string, t.Len())
	for i := range t.Len() {
		if f := t.Frame(uint32(i)); len(owners[f.Function]) > 1 && !vague(f) && !f.Marker {
			apart[i] = shortestPath(f.Owner(), owners[f.Function])
		}
	}
	return apart
}

// shortestPath returns the last parts of a path by which it can be told from the
// others, or all of it.
func shortestPath(file string, others []string) string {
	for start := strings.LastIndexByte(file, '/'); start >= 0; start = strings.LastIndexByte(file[:start], '/') {
		tail := file[start:]
		if !slices.ContainsFunc(others, func(o string) bool { return o != file && strings.HasSuffix("/"+o, tail) }) {
			return tail[1:]
		}
	}
	return file
}
