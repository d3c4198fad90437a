package view

// Column is a column of numbers of a view.
type Column struct {
	Kind   ColumnKind
	Metric Metric
}

// ColumnKind is what a column tells of its metric.
type ColumnKind uint8

// The kinds of columns: those of a report, then those of a diff.
const (
	Value        ColumnKind = iota // the metric
	Margin                         // how far the metric may be off, in percent of it
	Share                          // its percentage of the total
	Temporary                      // the share of blocks that were temporary, whatever the metric
	BeforeValue                    // the metric in the earlier profile
	AfterValue                     // the metric in the later profile
	ChangeValue                    // its change
	ChangeShare                    // the change in percent of the value before
	ChangeMargin                   // how far the change may be off
	Unfreed                        // of a report of leaks: how many of how many blocks live at the end
	Risen                          // of a report of growth: how live bytes rose
	LiveCourse                     // how they were over the run
	Copied                         // bytes that were copied as blocks grew
)

// Columns are the columns of a report, the most telling first: what is sorted by and
// its share, then the rest of the vocabulary as far as the profile has it.
func (r *Report) Columns() []Column {
	if r.Options.Question != AskPeak {
		cols, _ := r.answer()
		return cols
	}
	cols := []Column{{Value, r.Metric}}
	most := 4 // columns of a tree, whose names need the room
	if r.HasMargins(r.Metric) {
		cols = append(cols, Column{Margin, r.Metric})
		most++
	}
	if r.Metric != Lifetime {
		cols = append(cols, Column{Share, r.Metric})
	}
	for _, m := range r.companions() {
		cols = append(cols, Column{Value, m})
	}
	if r.Options.Tree {
		return cols[:min(len(cols), most)]
	}
	if r.Has(TemporaryBlocks) && r.Metric != TemporaryBlocks {
		cols = append(cols, Column{Temporary, TemporaryBlocks})
	}
	if r.Has(Lifetime) && r.Metric != Lifetime {
		cols = append(cols, Column{Value, Lifetime})
	}
	return cols
}

// Essential returns how many of the first columns are to be shown whatever room they leave: what is
// sorted by, how far that may be off, and its share, or all that answers another question than who
// holds the peak.
func (r *Report) Essential() int {
	if r.Options.Question != AskPeak {
		_, n := r.answer()
		return n
	}
	if r.HasMargins(r.Metric) {
		return 3
	}
	return 2
}

// Essential returns what Report.Essential does, of a diff.
func (d *Diff) Essential() int { return 2 }

// Columns returns the columns of a diff.
func (d *Diff) Columns() []Column {
	cols := []Column{{BeforeValue, d.Metric}, {AfterValue, d.Metric}, {ChangeValue, d.Metric}, {ChangeShare, d.Metric}}
	if d.HasMargins(d.Metric) {
		cols = append(cols, Column{ChangeMargin, d.Metric})
	}
	for i, m := range d.companions() {
		if d.Options.Tree && i > 0 {
			break
		}
		cols = append(cols, Column{ChangeValue, m})
	}
	return cols
}

// companions returns the metrics that are shown beside the one that rows are sorted by.
func (v *View) companions() []Metric {
	sibling := map[Metric]Metric{
		TotalBytes: TotalBlocks, TotalBlocks: TotalBytes, PeakBytes: PeakBlocks, PeakBlocks: PeakBytes,
		EndBytes: EndBlocks, EndBlocks: EndBytes, MaxBytes: MaxBlocks, MaxBlocks: MaxBytes,
		TemporaryBlocks: TotalBlocks, Lifetime: TotalBlocks, Bytes: Blocks, Blocks: Bytes,
		LiveBytes: LiveBlocks, LiveBlocks: LiveBytes, LostBytes: LostBlocks, LostBlocks: LostBytes,
	}
	var all []Metric
	seen := map[Metric]bool{v.Metric: true}
	shown := []Metric{sibling[v.Metric], PeakBytes, LiveBytes, TotalBytes, TotalBlocks, EndBytes}
	for m := ExtraBytes1; m <= ExtraCount3; m++ {
		shown = append(shown, m)
	}
	for _, m := range shown {
		if !seen[m] && v.Has(m) {
			seen[m] = true
			all = append(all, m)
		}
	}
	return all
}
