package view

import (
	"cmp"
	"errors"
	"slices"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
)

// ErrNoThreads is the error for a table of the threads of a profile that does not tell what each
// allocated.
var ErrNoThreads = errors.New("what each thread allocated was not recorded")

// ErrNotOfThreads is the error for a metric that is not known of threads.
var ErrNotOfThreads = errors.New("the metric is not known of threads")

// Threads are what each thread of a program allocated.
type Threads struct {
	Source *Source
	Units  human.Units
	Metric Metric // by which they are sorted

	Rows  []profile.Thread // the first Options.Top
	Rest  profile.Thread   // the sum of the others
	Total profile.Thread   // its MaxBytes is 0: threads have theirs at different moments

	InRest int // rows that Rest is the sum of

	Sites []ThreadSite // of each of Rows
}

// ThreadSite is the site at which a thread allocated the most of a metric.
type ThreadSite struct {
	Site  *Site // nil where it is not known, or the thread has none of the metric
	Value uint64
	Whole uint64 // of the thread
}

// ThreadMetrics returns the metrics that threads have.
func ThreadMetrics() []Metric {
	return []Metric{PeakBytes, PeakBlocks, EndBytes, EndBlocks, TotalBytes, TotalBlocks, MaxBytes, TemporaryBlocks}
}

// NewThreads returns the table of threads that the options ask for.
func NewThreads(s *Source, o Options) (*Threads, error) {
	r := s.Profile.Recording
	if r == nil || len(r.ByThread) == 0 {
		return nil, ErrNoThreads
	}
	all := make([]int, len(r.ByThread)) // indices, as the rows are sorted
	for i := range all {
		all[i] = i
	}
	t := &Threads{Source: s, Units: human.UnitsOf(s.Profile), Metric: PeakBytes}
	if o.Metric != nil {
		t.Metric = *o.Metric
	}
	if !slices.Contains(ThreadMetrics(), t.Metric) {
		return nil, ErrNotOfThreads
	}
	slices.SortStableFunc(all, func(i, j int) int {
		a, b := &r.ByThread[i], &r.ByThread[j]
		return cmp.Or(cmp.Compare(t.Metric.OfThread(b), t.Metric.OfThread(a)), cmp.Compare(b.TotalBytes, a.TotalBytes))
	})
	for _, i := range all {
		t.Rows = append(t.Rows, r.ByThread[i])
		addThread(&t.Total, &r.ByThread[i])
	}
	if o.Top > 0 && len(t.Rows) > o.Top {
		for i := range t.Rows[o.Top:] {
			addThread(&t.Rest, &t.Rows[o.Top+i])
		}
		t.InRest, t.Rows = len(t.Rows)-o.Top, t.Rows[:o.Top]
	}
	t.Sites = s.threadSites(t.Metric, all[:len(t.Rows)])
	return t, nil
}

// addThread adds the numbers of a thread, but for the most that was live, which threads have at
// different moments.
func addThread(sum, t *profile.Thread) {
	sum.Threads += t.Threads
	sum.TotalBytes += t.TotalBytes
	sum.TotalBlocks += t.TotalBlocks
	sum.PeakBytes += t.PeakBytes
	sum.PeakBlocks += t.PeakBlocks
	sum.EndBytes += t.EndBytes
	sum.EndBlocks += t.EndBlocks
	sum.TemporaryBlocks += t.TemporaryBlocks
	sum.FreedElsewhere += t.FreedElsewhere
}

// OfThread returns the metric of a thread, one of ThreadMetrics.
func (m Metric) OfThread(t *profile.Thread) uint64 {
	return m.Value(new(profile.Point{
		TotalBytes:  t.TotalBytes,
		TotalBlocks: t.TotalBlocks,
		PeakBytes:   t.PeakBytes,
		PeakBlocks:  t.PeakBlocks,
		EndBytes:    t.EndBytes,
		EndBlocks:   t.EndBlocks,
	}.With(profile.Rest{
		MaxBytes:        t.MaxBytes,
		TemporaryBlocks: t.TemporaryBlocks,
	})))
}
