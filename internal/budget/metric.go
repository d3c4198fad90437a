package budget

import (
	"slices"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
)

// Metric is what a limit is of, by its name: one of the reports' metrics that have a sum, or one of
// the two below.
type Metric string

// What is leaked: lost, where the profile has a snapshot that tells what is, else what was never
// freed. See Basis.
const (
	LeakedBytes  Metric = "leaked-bytes"
	LeakedBlocks Metric = "leaked-blocks"
)

// metrics are the names of all metrics, in the order in which they are shown, and what a report
// calls each; of what is leaked what is never freed.
var metrics = []struct {
	name Metric
	in   view.Metric
}{
	{Metric(view.PeakBytes.String()), view.PeakBytes},
	{Metric(view.PeakBlocks.String()), view.PeakBlocks},
	{Metric(view.TotalBytes.String()), view.TotalBytes},
	{Metric(view.TotalBlocks.String()), view.TotalBlocks},
	{Metric(view.TemporaryBlocks.String()), view.TemporaryBlocks},
	{LeakedBytes, view.EndBytes},
	{LeakedBlocks, view.EndBlocks},
	{Metric(view.EndBytes.String()), view.EndBytes},
	{Metric(view.EndBlocks.String()), view.EndBlocks},
	{Metric(view.LostBytes.String()), view.LostBytes},
	{Metric(view.LostBlocks.String()), view.LostBlocks},
}

// otherNames are metrics as dhat-rs calls them, and those of reports that have no sum, and what is
// meant: the maxima of stacks were at different moments.
var otherNames = map[string]string{
	"max-bytes": "peak-bytes", "max-blocks": "peak-blocks", "max_bytes": "peak-bytes", "max_blocks": "peak-blocks",
	"curr_bytes": "end-bytes", "curr_blocks": "end-blocks", "total_bytes": "total-bytes", "total_blocks": "total-blocks",
	"live-bytes": "end-bytes", "live-blocks": "end-blocks", "leaks": "leaked-bytes",
}

// MetricNames returns the names that ParseMetric takes.
func MetricNames() []string {
	all := make([]string, len(metrics))
	for i, m := range metrics {
		all[i] = string(m.name)
	}
	return all
}

// ParseMetric returns the metric called name. Its error is a *names.UnknownName.
func ParseMetric(name string) (Metric, error) {
	if _, ok := view.MetricOfCalls(name); ok {
		return Metric(name), nil
	}
	if _, err := names.Find("metric", name, MetricNames()); err != nil {
		return "", &names.UnknownName{Kind: "metric", Name: name, Valid: MetricNames(), Meant: otherNames[name]}
	}
	return Metric(name), nil
}

// Unit returns what the metric counts.
func (m Metric) Unit() view.Unit { return m.unfreed().Unit() }

// IsOf reports whether a profile has the metric. total-copies, total-units and total-events are none of a profile
// whose reports call them otherwise.
func (m Metric) IsOf(p *profile.Profile) bool {
	metric, _ := m.In(p)
	_, ofCalls := view.MetricOfCalls(string(m))
	return metric.Has(p) && (!ofCalls || human.UnitsOf(p).Metric(metric.String()) == string(m))
}

// unfreed returns the metric as view calls it; of what is leaked what is never freed.
func (m Metric) unfreed() view.Metric {
	if of, ok := view.MetricOfCalls(string(m)); ok {
		return of
	}
	i := slices.IndexFunc(metrics, func(known struct {
		name Metric
		in   view.Metric
	}) bool {
		return known.name == m
	})
	return metrics[i].in
}

// IsOfLeaks reports whether known leaks are left out of the metric.
func (m Metric) IsOfLeaks() bool { return m == LeakedBytes || m == LeakedBlocks }

// Basis is how it is told what of a profile is leaked.
type Basis uint8

// The bases.
const (
	NotOfLeaks Basis = iota // the metric is another
	Lost                    // nothing led to it at the last snapshot
	NeverFreed              // it lived at the end
)

// In returns the metric as reports of a profile call it, and of what is leaked how that is told.
func (m Metric) In(p *profile.Profile) (view.Metric, Basis) {
	switch {
	case !m.IsOfLeaks():
		return m.unfreed(), NotOfLeaks
	case !view.LostBytes.Has(p):
		return m.unfreed(), NeverFreed
	case m == LeakedBytes:
		return view.LostBytes, Lost
	}
	return view.LostBlocks, Lost
}
