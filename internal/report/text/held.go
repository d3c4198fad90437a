package text

import (
	"fmt"
	"io"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/held"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
)

// HeldOptions are how a page on who holds memory is laid out. What it says in words is the caller's.
type HeldOptions struct {
	Options
	Most    int     // owners to show; 0: all, with all of their blocks
	Percent float64 // of what is live: blocks of owners that retain less are not shown where Most is not 0

	Owner                func(*profile.Owner) (name, where string)
	Below                func(*held.Owner, *held.Share) string // what is said below an owner, with what most of it is if that is not shown; may be ""
	Shared, Lost, Untold string                                // what is held by several, by nobody, and by whom is not known
	Sharing              string                                // what is said below Shared
}

// Retained writes what the owners of a snapshot retain.
func Retained(w io.Writer, r *held.Retained, o HeldOptions) error {
	if err := Facts(w, o.Head, o.Width, o.Color); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(w); err != nil {
		return err
	}
	if err := retained(r, o).write(w); err != nil {
		return err
	}
	return Items(w, o.Options)
}

// MarkdownRetained writes the table alone.
func MarkdownRetained(w io.Writer, r *held.Retained, o HeldOptions) error {
	return retained(r, o).markdown(w)
}

// heldNumbers is how wide the numbers of a page on who holds memory get.
const heldNumbers = 32

// blocksOfOwner is how many blocks are shown of an owner.
const blocksOfOwner = 6

// heldTable is a table of who holds what, under construction.
type heldTable struct {
	grid
	units human.Units
	whole uint64 // bytes, of which rows have percentages
	room  int    // columns for names
	p     palette
}

func newHeldTable(u human.Units, whole uint64, o Options) *heldTable {
	room := FreeWidth
	if o.Width > 0 {
		room = max(o.Width-heldNumbers, leastName)
	}
	return &heldTable{grid: grid{names: 1}, units: u, whole: whole, room: room, p: palette{on: o.Color}}
}

// row adds a row of numbers with a name.
func (t *heldTable) row(a profile.Amount, name string) {
	t.rows = append(t.rows, []string{t.units.Cell(a.Bytes), t.units.Percent(a.Bytes, t.whole), t.units.Count(a.Blocks), name})
}

// below adds what is said below a row; nothing for "".
func (t *heldTable) below(words string) {
	if words == "" {
		return
	}
	for _, line := range Wrap(words, t.room-gap) {
		t.rows = append(t.rows, []string{"", "", "", spaces + t.p.dim(line)})
	}
}

// retained returns a row for each owner, with those of its blocks below it that retain most, for what no
// owner retains, and for all: owners and what none retains add up to it.
func retained(r *held.Retained, o HeldOptions) *grid {
	t := newHeldTable(r.Units, r.Live.Bytes, o.Options)
	t.header = []string{"retained", "%", "blocks", "held by"}
	var rest profile.Amount
	folded := 0
	for i := range r.Owners {
		owner := &r.Owners[i]
		if o.Most > 0 && (i >= o.Most || r.IsSmall(owner)) {
			rest.Add(owner.Retained)
			folded++
			continue
		}
		name, where := o.Owner(owner.Owner)
		t.row(owner.Retained, ownerIn(name, where, t.room))
		shown := shownBlocks(owner.Top, r.Live.Bytes, o)
		most := owner.Most
		if owner.Shows(shown) {
			most = nil
		}
		t.below(o.Below(owner, most))
		t.blocks(owner.Top[:shown], owner.Retained)
	}
	if rest.Blocks > 0 {
		t.row(rest, "… "+human.Counted(uint64(folded), "more owner"))
	}
	switch {
	case r.LeaksOnly:
		t.row(r.Shared, names.CutEnd(o.Untold, t.room))
	case r.Shared.Blocks > 0:
		t.row(r.Shared, names.CutEnd(o.Shared, t.room))
		t.below(o.Sharing)
		t.blocks(r.Common[:shownBlocks(r.Common, r.Live.Bytes, o)], r.Shared)
	}
	if r.Unreached.Blocks > 0 {
		t.row(r.Unreached, names.CutEnd(o.Lost, t.room))
	}
	t.row(r.Live, "live")
	return &t.grid
}

// blocks adds rows for the blocks below what retains above.
func (t *heldTable) blocks(blocks []held.Block, above profile.Amount) {
	depth := -1
	for i, guide := range guides(blocks) {
		b := &blocks[i]
		isBelow := b.Depth > depth
		depth = b.Depth
		name := guide + thingIn(b.Thing, b.Self.Blocks, t.room-names.Width(guide))
		if isBelow && b.Held.Retained == above {
			t.rows = append(t.rows, []string{"", "", "", name}) // its numbers are the same
			continue
		}
		t.row(b.Held.Retained, name)
		above = b.Held.Retained
	}
}

// shownBlocks returns how many of the first blocks of a Top are shown.
func shownBlocks(top []held.Block, live uint64, o HeldOptions) int {
	if o.Most == 0 {
		return len(top)
	}
	n := 0
	for n < min(len(top), blocksOfOwner) && float64(top[n].Held.Retained.Bytes) >= o.Percent/100*float64(live) {
		n++
	}
	return n
}

// deepest is the depth from which blocks of a tree stand no deeper.
const deepest = 40

// guides returns what stands before each of the blocks of a tree.
func guides(blocks []held.Block) []string {
	all := make([]string, len(blocks))
	var more [deepest + 1]bool // whether one follows at a depth, before one above it
	for i := len(blocks) - 1; i >= 0; i-- {
		depth := min(blocks[i].Depth, deepest)
		var guide strings.Builder
		for d := range depth {
			guide.WriteString(map[bool]string{true: "│ ", false: "  "}[more[d]])
		}
		guide.WriteString(map[bool]string{true: "├ ", false: "└ "}[more[depth]])
		all[i] = guide.String()
		clear(more[depth:])
		more[depth] = true
	}
	return all
}

// ownerIn returns an owner's name and where it is in so many columns. Both are cut where there is no room for them.
func ownerIn(name, where string, room int) string {
	if where == "" {
		return names.CutMiddle(name, room)
	}
	name = names.CutMiddle(name, max(room/2, room-names.Width(where)-gap))
	return name + spaces + names.CutEnd(where, room-names.Width(name)-gap)
}

// thingIn returns what blocks are, and how many of them there are if not one, in so many columns.
func thingIn(t held.Thing, blocks uint64, room int) string {
	count := ""
	if blocks != 1 {
		count = human.Count(blocks) + " × "
	}
	room = max(room-names.Width(count), leastName)
	if t.Type == "" {
		return count + beside(t.Label(), t.Site.Place, room)
	}
	where := strings.TrimSpace(t.Label() + " " + t.Site.Place)
	if names.Width(t.Type+spaces+where) > room && t.Site.Place != "" {
		where = t.Site.Place
	}
	typ := names.CutType(t.Type, max(room/2, room-names.Width(where)-gap))
	if left := room - names.Width(typ) - gap; names.Width(where) <= left {
		return count + typ + spaces + where
	}
	return count + names.CutType(t.Type, room)
}

// beside returns a name and where it is in so many columns; the place is left out where it takes half
// of them and there is no room for both.
func beside(name, where string, room int) string {
	if where != "" && names.Width(name+where)+gap > room && names.Width(where)+gap >= room/2 {
		where = ""
	}
	if where != "" {
		where = spaces + where
	}
	return names.Shorten(name, max(room-names.Width(where), leastName)) + where
}
