package outline

import (
	"regexp"

	"heapprof/internal/profile"
	"heapprof/internal/report/held"
	"heapprof/internal/report/human"
)

// HeldWords are what is said on a page about who holds memory.
type HeldWords struct {
	Titles               [3]string // retained, its share, blocks
	Name                 string
	Owner                func(*profile.Owner) (name, where string)
	About                func(*held.Owner) []string // each a sentence
	Shared, Lost, Untold string                     // what several hold, nobody, and of which is not known who does
	Sharing              []string                   // said of Shared
	Unfocused            string                     // what is called what the filter leaves out
	Total                string
	Blocks               string // the title of the blocks that retain most of what is above
}

// OfRetained returns the page of what the owners of a snapshot retain: all of them, or those with
// something that matches the filter, if there is one. Owners open to the blocks that retain most.
func OfRetained(r *held.Retained, w HeldWords, filter *regexp.Regexp) *Page {
	h := &heldRows{r: r, words: w}
	p := &Page{Titles: w.Titles[:], Always: 2, Name: w.Name, Bars: true}
	for i := range r.Owners {
		h.scale = max(h.scale, r.Owners[i].Retained.Bytes)
	}
	if !r.LeaksOnly {
		h.scale = max(h.scale, r.Shared.Bytes)
	}
	h.scale = max(h.scale, r.Unreached.Bytes)
	var rest profile.Amount
	for i := range r.Owners {
		o := &r.Owners[i]
		if o.Retained.Blocks == 0 && o.Retained.Bytes == 0 {
			continue // what it leads to, others hold, too
		}
		row := h.owner(o)
		if filter != nil && !row.matches(filter) {
			rest.Add(o.Retained)
			continue
		}
		p.Rows = append(p.Rows, row)
	}
	if rest.Blocks > 0 || rest.Bytes > 0 {
		p.Rows = append(p.Rows, h.amount(Rest, rest, w.Unfocused))
	}
	switch {
	case r.LeaksOnly:
		p.Rows = append(p.Rows, h.amount(Entry, r.Shared, w.Untold))
	case r.Shared.Blocks > 0:
		row := h.amount(Entry, r.Shared, w.Shared)
		row.Said = w.Sharing
		row.below = h.titled(r.Common)
		p.Rows = append(p.Rows, row)
	}
	if r.Unreached.Blocks > 0 {
		row := h.amount(Entry, r.Unreached, w.Lost)
		for i := range r.Leaks {
			l := &r.Leaks[i]
			below := h.amount(Part, l.Lost, "")
			below.thing(l.Thing, 1)
			row.below = append(row.below, below)
		}
		p.Rows = append(p.Rows, row)
	}
	p.Rows = append(p.Rows, h.amount(Total, r.Live, w.Total))
	return p
}

type heldRows struct {
	r     *held.Retained
	words HeldWords
	scale uint64
}

// amount returns a row of so many bytes and blocks.
func (h *heldRows) amount(kind Kind, a profile.Amount, name string) *Row {
	u := h.r.Units
	row := &Row{Kind: kind, Name: clip(name), cells: func() []string {
		return []string{u.Cell(a.Bytes), u.Percent(a.Bytes, h.r.Live.Bytes), u.Count(a.Blocks)}
	}}
	if h.scale > 0 && kind != Total {
		row.Share = float64(a.Bytes) / float64(h.scale)
	}
	return row
}

func (h *heldRows) owner(o *held.Owner) *Row {
	name, where := h.words.Owner(o.Owner)
	row := h.amount(Entry, o.Retained, name)
	row.Place, row.Said = clip(where), h.words.About(o)
	row.below = h.titled(o.Top)
	return row
}

// titled returns rows for the blocks of a Top below their title; none where there are none.
func (h *heldRows) titled(top []held.Block) []*Row {
	if len(top) == 0 {
		return nil
	}
	return append([]*Row{{Kind: Heading, Name: h.words.Blocks}}, h.blocks(top)...)
}

// blocks returns rows for the blocks of a Top, each below the one that holds it.
func (h *heldRows) blocks(top []held.Block) (all []*Row) {
	var above []*Row // of each depth the last one
	for i := range top {
		b := &top[i]
		row := h.amount(Part, b.Held.Retained, "")
		row.thing(b.Thing, b.Self.Blocks)
		depth := min(b.Depth, len(above))
		above = append(above[:depth], row)
		if depth == 0 {
			all = append(all, row)
			continue
		}
		holder := above[depth-1]
		holder.below = append(holder.below, row)
	}
	return all
}

// thing says what the blocks of a row are, and how many they are.
func (r *Row) thing(t held.Thing, blocks uint64) {
	r.Name, r.Type, r.Place = clip(t.Label()), clip(t.Type), clip(t.Site.Place)
	r.Site, r.File, r.Line = t.Site, t.Site.File, t.Site.Line
	if blocks != 1 {
		r.Name = human.Count(blocks) + " × " + r.Name
	}
}

// matches reports whether something of a row, or below it, matches.
func (r *Row) matches(re *regexp.Regexp) bool {
	if re.MatchString(r.Name) || re.MatchString(r.Type) || re.MatchString(r.Place) || re.MatchString(r.File) {
		return true
	}
	for _, b := range r.below {
		if b.matches(re) {
			return true
		}
	}
	return false
}
