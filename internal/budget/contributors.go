package budget

import (
	"cmp"
	"slices"

	"heapprof/internal/report/view"
)

// options are those of the reports that contributors are taken from.
func (x *Judgement) options() view.Options {
	return view.Options{Metric: &x.Metric, Focus: x.Limit.At, Own: true}
}

// largest returns the sites that have most of what a limit is of.
func largest(s *view.Source, x *Judgement) ([]Contributor, error) {
	r, err := view.NewReport(s, x.options())
	if err != nil {
		return nil, err
	}
	var all []Contributor
	for _, row := range r.Rows {
		if n := row.Sums.Get(x.Metric); row.Kind == view.Entry && n > 0 {
			all = append(all, contributor(row, n))
		}
	}
	return all, nil
}

// grown returns the sites of which there is more than before, those that have grown most first, each at the line that
// it has most of now.
func grown(before, after *view.Source, x *Judgement) ([]Contributor, error) {
	d, err := view.NewDiff(before, after, x.options())
	if err != nil {
		return nil, err
	}
	now, err := largest(after, x)
	if err != nil {
		return nil, err
	}
	type function struct{ name, file, typ string }
	lines := map[function]*view.Site{}
	for _, c := range slices.Backward(now) {
		lines[function{c.Site.Name, c.Site.File, c.Type}] = c.Site
	}
	var all []Contributor
	for _, row := range d.Rows {
		if change := row.Change(x.Metric); row.Kind == view.Entry && change.Sign() > 0 {
			c := contributor(row, change.Abs())
			c.Site = cmp.Or(lines[function{c.Site.Name, c.Site.File, c.Type}], c.Site)
			all = append(all, c)
		}
	}
	slices.SortStableFunc(all, func(a, b Contributor) int { return cmp.Compare(b.Amount, a.Amount) })
	return all, nil
}

func contributor(r *view.Row, amount uint64) Contributor {
	site := r.Site
	if len(r.Lines) > 0 {
		site = r.Lines[0].Site
	}
	return Contributor{Site: site, Caller: r.Caller, Type: r.Type.Name, Via: r.Via, Amount: amount}
}
