package pprof

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"heapprof/internal/report/frames"
	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
)

// plumbing tells pprof of the plumbing. pprof cuts the functions that the
// profile names off a stack, with whatever they call, before it shows one; so a
// flat view has the sites, as heapprof's reports do, and the file keeps the frames.
//
// pprof looks for them from the outside inward and goes by names alone, and
// much of what is plumbing in one stack calls the program back in another, as
// Iterator::collect and std::vector::emplace_back do. Such functions cannot be
// named. The functions that are named are, for each stack, the outermost inside of
// the site that is nowhere in the profile a site or outside of one. What is
// between that and the site is left out of the sample.
type plumbing struct {
	frames *frames.Table
	kept   []bool // of each frame: a frame of its name is a site or outside of one
	drop   string // the expression of the functions to cut off
}

func newPlumbing(s *view.Source) *plumbing {
	p, t := s.Profile, s.Frames
	simple := make([]string, t.Len())
	for i := range simple {
		simple[i] = simpleName(t.Frame(uint32(i)).Name())
	}
	b := &plumbing{frames: t, kept: make([]bool, t.Len())}
	var buffer []uint32
	for i := range p.Points {
		stack := p.Points[i].Stack.Into(&buffer)
		for _, f := range stack[max(t.Site(stack, false), 0):] {
			b.kept[f] = true
		}
	}
	keptNames := map[string]bool{}
	for i, name := range simple {
		if b.kept[i] {
			keptNames[name] = true
		}
	}
	for i, name := range simple {
		b.kept[i] = keptNames[name]
	}

	drop := map[string]bool{}
	for i := range p.Points {
		stack := p.Points[i].Stack.Into(&buffer)
		if inner, _ := b.split(stack); len(inner) > 0 {
			drop[simple[inner[len(inner)-1]]] = true
		}
	}
	all := slices.Sorted(maps.Keys(drop))
	for i := range all {
		all[i] = regexp.QuoteMeta(all[i])
	}
	b.drop = strings.Join(all, "|")
	return b
}

// split returns the part of a stack that pprof cuts off, which may be empty, and
// the part from the site on.
func (b *plumbing) split(stack []uint32) (inner, outer []uint32) {
	site := max(b.frames.Site(stack, false), 0)
	n := site
	for n > 0 && b.kept[stack[n-1]] {
		n--
	}
	return stack[:n], stack[site:]
}

// simpleName returns what pprof compares with the expression: a function's
// name up to the first parenthesis that is not part of one of two words. The
// rule is that of simplifyFunc in pprof's profile/prune.go.
func simpleName(name string) string {
	name = strings.TrimPrefix(name, ".")
	for i := 0; i < len(name); i++ {
		switch rest := name[i:]; {
		case strings.HasPrefix(rest, names.Anonymous):
			i += len(names.Anonymous) - 1
		case strings.HasPrefix(rest, "operator()"):
			i += len("operator()") - 1
		case rest[0] == '(':
			return name[:i]
		}
	}
	return name
}
