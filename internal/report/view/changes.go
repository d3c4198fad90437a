package view

// Changes are how many of a diff's rows, before any are folded, came, went, and changed. A
// change that may be noise is none.
type Changes struct {
	New, Gone, More, Fewer, Same RowSum
}

// RowSum is a number of rows, and by how much of the metric they changed together.
type RowSum struct {
	Rows int
	Size float64 // without a sign
}

func (s *RowSum) add(size float64) {
	s.Rows++
	s.Size += size
}

// changes counts the changes of a diff's rows. It takes no notice of rows that have nothing of
// the metric on either side.
func (d *Diff) changes(rows []*Row) (c Changes) {
	for _, r := range rows {
		change := r.Change(d.Metric)
		switch {
		case change.Before == 0 && change.After == 0:
		case change.Sign() == 0 || d.InNoise(r, d.Metric):
			c.Same.add(0)
		case change.Before == 0:
			c.New.add(change.Size())
		case change.After == 0:
			c.Gone.add(change.Size())
		case change.Sign() > 0:
			c.More.add(change.Size())
		default:
			c.Fewer.add(change.Size())
		}
	}
	return c
}
