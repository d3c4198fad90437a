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

// HoldersOptions are how a page on who holds some blocks is laid out. What it says in words is the caller's.
type HoldersOptions struct {
	Options
	Most int // holders to show; 0: all, with all ways

	Owner        func(*profile.Owner) (name, where string)
	Way          func(*held.Holder, *held.Way) string // what is said before a way's steps; may be ""
	Chained      string                               // what is said of a step most of whose blocks are reached through others of them
	Shared, Lost string                               // what several hold, and what nobody does
}

// waysOfHolder is how many ways are shown of what one holder holds.
const waysOfHolder = 3

// stepsOfEnd is how many steps are shown of each end of a way.
const stepsOfEnd = 4

// Holders writes who holds some blocks.
func Holders(w io.Writer, h *held.Holders, o HoldersOptions) error {
	if err := Facts(w, o.Head, o.Width, o.Color); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(w); err != nil {
		return err
	}
	return holders(h, o).write(w)
}

// MarkdownHolders writes the table alone.
func MarkdownHolders(w io.Writer, h *held.Holders, o HoldersOptions) error {
	return holders(h, o).markdown(w)
}

// holders returns a row for each holder, with ways from it to the blocks below, and one for all.
func holders(h *held.Holders, o HoldersOptions) *grid {
	t := newHeldTable(h.Units, h.All.Bytes, o.Options)
	t.header = []string{"bytes", "%", "blocks", "held by"}
	var rest profile.Amount
	owners, folded := 0, 0
	for i := range h.Holders {
		holder := &h.Holders[i]
		if holder.Owner != nil {
			if owners++; o.Most > 0 && owners > o.Most {
				rest.Add(holder.Amount)
				folded++
				continue
			}
		} else if rest.Blocks > 0 {
			t.row(rest, "… "+human.Counted(uint64(folded), "more owner"))
			rest = profile.Amount{}
		}
		t.row(holder.Amount, holderName(holder, o, t.room))
		for i := range holder.Ways {
			if i == waysOfHolder && o.Most > 0 {
				t.below("… " + human.Counted(uint64(len(holder.Ways)-i), "more way"))
				break
			}
			t.way(o.Way(holder, &holder.Ways[i]), &holder.Ways[i], o)
		}
	}
	if rest.Blocks > 0 {
		t.row(rest, "… "+human.Counted(uint64(folded), "more owner"))
	}
	t.row(h.All, "all of them")
	return &t.grid
}

// way adds the steps of a way below a row: on one line if there is room, else on one each.
// Of a very long way the steps in the middle are left out, but where all is to be shown.
func (t *heldTable) way(share string, w *held.Way, o HoldersOptions) {
	const arrow = "→ "
	var steps []string
	for _, s := range w.Steps {
		steps = append(steps, arrow+StepIn(s, o.Chained, FreeWidth))
	}
	line := strings.TrimSpace(share + " " + strings.Join(steps, " "))
	if names.Width(line) <= t.room-gap {
		t.below(line)
		return
	}
	indent := spaces
	if share != "" {
		t.below(share)
		indent += spaces
	}
	left := len(w.Steps) - stepsOfEnd*2
	for i, s := range w.Steps {
		line := arrow + StepIn(s, o.Chained, t.room-len(indent)-names.Width(arrow))
		if o.Most > 0 && left > 1 && i >= stepsOfEnd && i < len(w.Steps)-stepsOfEnd {
			if line = "… " + human.Counted(uint64(left), "step"); i > stepsOfEnd {
				continue
			}
		}
		t.rows = append(t.rows, []string{"", "", "", indent + t.p.dim(line)})
	}
}

// StepIn returns what a step of a way is in so many columns: Node (index.c:12).
func StepIn(s held.Step, chained string, room int) string {
	end := ""
	if s.Site.Place != "" {
		end = " (" + s.Site.Place + ")"
	}
	if s.Chained {
		end += " " + chained
	}
	if room -= names.Width(end); s.Type == "" {
		return names.Shorten(s.Label(), max(room, leastName)) + end
	}
	return names.CutType(s.Type, max(room, leastName)) + end
}

func holderName(h *held.Holder, o HoldersOptions, room int) string {
	switch {
	case h.Lost:
		return names.CutEnd(o.Lost, room)
	case h.Owner == nil:
		return names.CutEnd(o.Shared, room)
	}
	name, where := o.Owner(h.Owner)
	return ownerIn(name, where, room)
}
