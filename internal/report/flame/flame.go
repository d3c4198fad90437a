package flame

import (
	"fmt"
	"slices"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/view"
)

// Options are what a flame graph is to show.
type Options struct {
	Metric *view.Metric // the width of a frame; nil: DefaultMetric
	Extra  string       // what only the profile's maker knows, by its name, instead of Metric; "": none

	Threads   bool // of a profile whose points are told apart by thread: the outermost frame is the thread
	NoTypes   bool // the type of the blocks is no leaf of a stack
	Own       bool // what is not the program's own code is left out, but for the site
	AllFrames bool // plumbing is drawn, too: no run of frames is one box, and nothing is left out but malloc and operator new
}

// Metric returns the metric to draw and its total. It is an error where
// the profile did not record the metric, or where frames side by side would not
// add up to the frame that they are in.
func Metric(p *profile.Profile, o Options) (m view.Metric, total uint64, err error) {
	m = view.DefaultMetric(p)
	switch {
	case o.Extra != "":
		i := slices.Index(metricNames(p), o.Extra)
		if i < 0 {
			return m, 0, fmt.Errorf("the profile has no %s; it has %s", o.Extra, strings.Join(metricNames(p), ", "))
		}
		m = Metrics(p)[i]
	case o.Metric != nil:
		m = *o.Metric
	}
	if !m.Has(p) {
		return m, 0, fmt.Errorf("the profile has no %s; it has %s", m, strings.Join(metricNames(p), ", "))
	}
	if !m.Additive() {
		return m, 0, fmt.Errorf("%s does not add up over stacks, so it cannot be the width of frames; take one of %s",
			m, strings.Join(metricNames(p), ", "))
	}
	sums, err := view.Total(p)
	if err != nil {
		return m, 0, err
	}
	return m, sums.Get(m), nil
}

// Metrics returns the metrics of p that can be the width of a frame.
func Metrics(p *profile.Profile) []view.Metric {
	var ms []view.Metric
	for _, m := range view.Metrics() {
		if m.Has(p) && m.Additive() {
			ms = append(ms, m)
		}
	}
	return ms
}

// metricNames returns what the metrics are called that can be the width of a frame.
func metricNames(p *profile.Profile) []string {
	units := human.UnitsOf(p)
	var names []string
	for _, m := range Metrics(p) {
		names = append(names, units.Metric(m.String()))
	}
	return names
}
