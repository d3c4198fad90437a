package judge

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"heapprof/internal/budget"
	"heapprof/internal/report/human"
	"heapprof/internal/report/view"
)

// runNumbers are the numbers of all processes of one run.
type runNumbers struct{ processes []processNumbers }

// processNumbers are the numbers of one process.
type processNumbers struct {
	name   string
	start  int64 // when it began, to tell processes of one name apart
	units  human.Units
	totals map[budget.Metric]uint64
	sites  map[string]map[budget.Metric]uint64 // by the sites' names
}

// add takes the numbers of a process.
func (r *runNumbers) add(name string, source *view.Source) error {
	p := source.Profile
	report, err := view.NewReport(source, view.Options{Own: true})
	if err != nil {
		return err
	}
	x := processNumbers{name: name, units: human.UnitsOf(p), totals: map[budget.Metric]uint64{}, sites: map[string]map[budget.Metric]uint64{}}
	if p.Recording != nil {
		x.start = p.Recording.Start.UnixNano()
	}
	for _, metric := range repeatedMetrics() {
		m, _ := metric.In(p)
		if !m.Has(p) {
			continue
		}
		x.totals[metric] = total(p, m)
		for _, row := range report.Rows {
			if row.Kind != view.Entry {
				continue
			}
			at := contributorWords(&budget.Contributor{Site: row.Site, Caller: row.Caller})
			if x.sites[at] == nil {
				x.sites[at] = map[budget.Metric]uint64{}
			}
			x.sites[at][metric] += row.Sums.Get(m)
		}
	}
	r.processes = append(r.processes, x)
	return nil
}

// number gives the processes of one name numbers in the order in which they began: "cc1", "cc1 2".
func (r *runNumbers) number() {
	slices.SortStableFunc(r.processes, func(a, b processNumbers) int { return cmp.Compare(a.start, b.start) })
	seen := map[string]int{}
	for i := range r.processes {
		p := &r.processes[i]
		if seen[p.name]++; seen[p.name] > 1 {
			p.name = fmt.Sprintf("%s %d", p.name, seen[p.name])
		}
	}
}

// extent is from what to what a number goes in several runs.
type extent struct{ least, most uint64 }

func (e *extent) add(n uint64, first bool) {
	if first {
		e.least, e.most = n, n
	}
	e.least, e.most = min(e.least, n), max(e.most, n)
}

func (e extent) spread() uint64 { return e.most - e.least }

// processSpread is how the numbers of a process differ in several runs.
type processSpread struct {
	name   string
	runs   int // in which it was
	units  human.Units
	totals map[budget.Metric]extent
	sites  map[string]map[budget.Metric]extent
}

// spread is how the numbers of several runs differ.
type spread struct {
	runs      int
	processes []*processSpread
}

// differs reports whether anything was not the same in all runs.
func (s *spread) differs() bool {
	return slices.ContainsFunc(s.processes, func(x *processSpread) bool {
		return x.runs < s.runs || len(x.differing()) > 0 || len(x.differingSites()) > 0
	})
}

func spreadOf(all []runNumbers) *spread {
	s := &spread{runs: len(all)}
	known := map[string]*processSpread{}
	for i := range all {
		all[i].number()
		for _, p := range all[i].processes {
			x := known[p.name]
			if x == nil {
				x = &processSpread{name: p.name, units: p.units, totals: map[budget.Metric]extent{}, sites: map[string]map[budget.Metric]extent{}}
				known[p.name] = x
				s.processes = append(s.processes, x)
			}
			x.add(&p)
		}
	}
	for _, x := range s.processes {
		x.fill(all)
	}
	return s
}

// add takes in the numbers of one run.
func (x *processSpread) add(p *processNumbers) {
	x.runs++
	for m, n := range p.totals {
		e := x.totals[m]
		e.add(n, x.runs == 1)
		x.totals[m] = e
	}
	for at, numbers := range p.sites {
		if x.sites[at] == nil {
			x.sites[at] = map[budget.Metric]extent{}
		}
		for m, n := range numbers {
			e, known := x.sites[at][m]
			e.add(n, !known)
			x.sites[at][m] = e
		}
	}
}

// fill counts as 0 the sites that were not there in each run.
func (x *processSpread) fill(all []runNumbers) {
	for i := range all {
		for _, p := range all[i].processes {
			if p.name != x.name {
				continue
			}
			for at := range x.sites {
				if p.sites[at] != nil {
					continue
				}
				for m, e := range x.sites[at] {
					e.least = 0
					x.sites[at][m] = e
				}
			}
		}
	}
}

// differing returns the metrics that are not the same in all runs, in their order.
func (x *processSpread) differing() (all []budget.Metric) {
	for _, m := range repeatedMetrics() {
		if x.totals[m].spread() > 0 {
			all = append(all, m)
		}
	}
	return all
}

// differingSite is a site that has not the same of a metric in all runs.
type differingSite struct {
	at string
	extent
}

// differingSites returns of each metric the sites that differ, those that do most first.
func (x *processSpread) differingSites() map[budget.Metric][]differingSite {
	all := map[budget.Metric][]differingSite{}
	for at, numbers := range x.sites {
		for m, e := range numbers {
			if e.spread() > 0 {
				all[m] = append(all[m], differingSite{at, e})
			}
		}
	}
	for _, parts := range all {
		slices.SortFunc(parts, func(a, b differingSite) int {
			return cmp.Or(cmp.Compare(b.spread(), a.spread()), strings.Compare(a.at, b.at))
		})
	}
	return all
}
