package page

import (
	"slices"

	"heapprof/internal/profile"
)

// Index finds what of a profile, of the later one of a diff, has which index in a page.
type Index struct{ draft *draft }

// later returns the index of the side that is asked for.
func (x *Index) later() int { return len(x.draft.joint.Sides) - 1 }

// Node returns the nearest node that was kept of a stack, indices of frames with the innermost first: the root where none was.
func (x *Index) Node(stack []uint32) int32 {
	d := x.draft
	s := &d.joint.Sides[x.later()]
	part, _ := drawn(s.Source, stack)
	node := int32(0)
	for _, f := range slices.Backward(part) {
		child, ok := d.tree.known(node, s.Functions[f])
		if !ok {
			break
		}
		node = child
	}
	return d.kept.near[node]
}

// Place returns the site of a stack; -1 where that is none of the profile's.
func (x *Index) Place(stack []uint32) int32 {
	d := x.draft
	s := &d.joint.Sides[x.later()]
	at := place{function: uint32(len(d.joint.Functions) - 1)}
	if part, site := drawn(s.Source, stack); len(part) > 0 {
		at = place{s.Functions[part[site]], d.line(s.Frames.Frame(part[site]))}
	}
	if i := slices.Index(d.builder.places, at); i >= 0 {
		return d.place(int32(i))
	}
	return -1
}

// Type returns the type of that name; -1 where there is none.
func (x *Index) Type(name string) int32 { return int32(slices.Index(x.draft.page.Types.Name, name)) }

// File returns the source file of that path, which the page may not have had; -1 for "".
func (x *Index) File(path string) int32 { return addText(x.draft.files, &x.draft.page.Files, path) }

// Snapshot returns that of a profile's snapshots which is Page.Held[held].
func (x *Index) Snapshot(held int) *profile.Snapshot { return x.draft.snapshots[held] }

// Owner returns what Page.Held[held].Owners[owner] is; nil for the rest of very many.
func (x *Index) Owner(held, owner int) *profile.Owner { return x.draft.owners[held][owner] }
