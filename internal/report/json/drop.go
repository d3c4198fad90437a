package json

import (
	"strconv"

	"heapprof/internal/report/view"
)

// drop is what freed a row's blocks, at the row's site.
type drop struct {
	Dropped string `json:"dropped,omitempty"` // the type of the value whose drop it was, with its paths; absent where there was no drop
	Freed   string `json:"freed,omitempty"`   // where there was no drop: the type of the blocks, with its paths
}

func newDrop(d *view.Drop) *drop {
	switch {
	case d == nil:
		return nil
	case d.None:
		return &drop{Freed: d.Full}
	}
	return &drop{Dropped: d.Full}
}

// freedElsewhere returns the places at which blocks were freed, with no more than how many
// bytes and blocks.
func freedElsewhere(places []*view.Row) []row {
	var out []row
	for _, r := range places {
		numbers := object{
			{Name: view.Bytes.String(), Text: strconv.FormatUint(r.Sums.Get(view.Bytes), 10)},
			{Name: view.Blocks.String(), Text: strconv.FormatUint(r.Sums.Get(view.Blocks), 10)},
		}
		out = append(out, row{Kind: r.Kind.String(), site: newSite(r.Site), drop: newDrop(r.Drop), values: &values{Values: numbers}})
	}
	return out
}
