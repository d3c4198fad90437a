package page

import (
	"slices"

	"heapprof/internal/profile"
)

// Index finds what of a profile, of the later one of a diff, has which index in a page.
type Index struct{ draft *draft }

// Node returns the nearest node that was kept of a stack, indices of frames with the innermost first: the root where none was.
func (x *Index) Node(stack []uint32) int32 {
	d := x.draft
	s := d.later()
	part, _ := drawn(s.Source, stack)
	node := int32(0)
	for _, f := range slices.Backward(part) {
		child, known := d.tree.known(node, s.Functions[f])
		if !known {
			break
		}
		node = child
	}
	return d.kept.near[node]
}

// Place returns the site of a stack; -1 where the page does not have it.
func (x *Index) Place(stack []uint32) int32 { return x.draft.placeOf(stack) }

// Type returns the type of that name; -1 where there is none.
func (x *Index) Type(name string) int32 {
	return int32(slices.Index(x.draft.page.Types.Name, x.draft.cut(name)))
}

// Name returns the name of a function as the page has it.
func (x *Index) Name(function string) string { return x.draft.shorten(function) }

// File returns the source file of that path, which the page need not have had; -1 for "".
func (x *Index) File(path string) int32 { return x.draft.file(path) }

// Snapshot returns that of the profile's snapshots which is Page.Held[held].
func (x *Index) Snapshot(held int) *profile.Snapshot { return x.draft.snapshots[held] }

// Owner returns what Page.Held[held].Owners[owner] is; nil where that stands for very many.
func (x *Index) Owner(held, owner int) *profile.Owner { return x.draft.owners[held][owner] }
