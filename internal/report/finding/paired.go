package finding

import (
	"strings"

	"heapprof/internal/report/view"
)

// Paired is the code of a site each of whose blocks is born and dies with one of another site.
const Paired Code = "paired"

// Pairing is what a finding that blocks are paired rests on.
type Pairing struct {
	Blocks   uint64 `json:"blocks"`
	Looked   uint64 `json:"looked-at"`
	Together uint64 `json:"together"` // of Looked
	Bytes    uint64 `json:"bytes"`
	Other    uint64 `json:"other-bytes"`

	With *view.Site `json:"-"` // the other site
	Type string     `json:"-"` // what that allocates; "" where it is not known
}

// paired finds two sites that allocate one block each, side by side, and free both side by side:
// the one could be part of the other, as an array at its end is, or as std::make_shared does it.
//
// It is mistaken where the one may also be replaced, or be missing, in a run that does so.
func paired(h *Heap) (all []Finding) {
	const leastOf = 0.01 // of all blocks
	said := map[*Subject]bool{}
	for _, s := range h.Subjects {
		if said[s] || !h.areMany(s.Point.TotalBlocks, leastOf) || s.Point.Rest().Reallocs > 0 {
			continue
		}
		other, there := s.partner()
		if other == nil || other.Point.Rest().Reallocs > 0 || !s.isOneWith(other) {
			continue
		}
		back, here := other.partner()
		if back != s {
			continue
		}
		said[other] = true
		if other.Point.TotalBytes > s.Point.TotalBytes { // it is said of the larger blocks
			s, other, there = other, s, here
		}
		there.With, there.Type = other.Site, other.Type.Name
		all = append(all, s.fill(Finding{
			Amount: h.AmountOf(0, there.Blocks, OfBlocks), Remedy: AllocateOnce, Grounds: there, subjects: []*Subject{s, other},
		}))
	}
	return all
}

// partner returns the subject, another one, that has as many blocks, one of which is born and
// dies with each of s; nil where there is none.
func (s *Subject) partner() (*Subject, *Pairing) {
	const (
		together   = 0.99
		leastLooks = 100
		asMany     = 0.01
	)
	var other *Subject
	e := &Pairing{Blocks: s.Point.TotalBlocks, Bytes: s.Point.TotalBytes}
	for _, i := range s.Points {
		f := s.Heap.Profile.Points[i].Rest().Facts
		if f == nil || f.Partner == nil {
			continue
		}
		of := s.Heap.SubjectOf(f.Partner.Point)
		if other != nil && of != other {
			return nil, nil
		}
		other = of
		e.Looked += f.Partner.Looked
		e.Together += f.Partner.Together
	}
	if other == nil || other == s || e.Looked < leastLooks || float64(e.Together) < together*float64(e.Looked) {
		return nil, nil
	}
	a, b := s.Point.TotalBlocks, other.Point.TotalBlocks
	e.Other = other.Point.TotalBytes
	if float64(max(a, b)-min(a, b)) > asMany*float64(a) {
		return nil, nil
	}
	return other, e
}

// isOneWith reports whether blocks of two subjects can be one block: each is what a program asks the
// allocator for in so many words, or one of them is a container's node, whose value the other may be.
func (s *Subject) isOneWith(other *Subject) bool {
	if s.isNode() {
		return other.isValue()
	}
	return s.isValue() && (other.isValue() || other.isNode())
}

// isNode reports whether a subject's blocks are nodes of a container that each hold one value.
func (s *Subject) isNode() bool { return strings.HasSuffix(s.Type.Name, " node") }

// isValue reports whether a subject's blocks hold one value each that is there for as long as
// the block: what the site itself calls the allocator for, or by way of a pointer that owns it.
func (s *Subject) isValue() bool {
	for _, owner := range []string{"Box<", "Rc<", "Arc<", "std::shared_ptr<", "std::unique_ptr<"} {
		if rest, ok := strings.CutPrefix(s.Type.Name, owner); ok {
			return !strings.HasPrefix(rest, "[") && !strings.HasPrefix(rest, "str>")
		}
	}
	table := s.Heap.Source.Frames
	for _, i := range s.Points {
		stack := s.Heap.Profile.Points[i].Stack.Frames()
		if table.PastAllocator(stack) != table.Site(stack, false) {
			return false
		}
	}
	return true
}
