package view

import (
	"slices"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
)

// Metric is what a view measures: one column of a profile.
type Metric uint8

// The vocabulary of every command.
const (
	TotalBytes      Metric = iota // allocated in all
	TotalBlocks                   //
	PeakBytes                     // live at the global peak (t-gmax)
	PeakBlocks                    //
	EndBytes                      // live at the end
	EndBlocks                     //
	MaxBytes                      // most that one stack had live at any time
	MaxBlocks                     //
	Lifetime                      // average lifetime of a block
	TemporaryBlocks               // freed by their thread before it allocated another
	LiveBytes                     // live at the end of the part of a run that a profile is of: see profile.Profile.At
	LiveBlocks                    //
	LostBytes                     // nothing led to them at the last snapshot: see profile.Profile.FindLost
	LostBlocks                    //

	// What only a profile's maker knows: see profile.Extra, which has what counts bytes first. Of these the first
	// three, and of all others the last three.
	ExtraBytes1
	ExtraBytes2
	ExtraBytes3
	ExtraCount1
	ExtraCount2
	ExtraCount3

	// Of the views of frees alone, where no point has them: what blocks had when they were
	// freed or, if nobody freed them, at the end. A block that was resized counts once.
	Bytes
	Blocks

	numMetrics    = iota
	numPointsHave = int(Bytes) // of the metrics, which come first
	numNamed      = int(ExtraBytes1)
)

// Unit is what a metric counts.
type Unit uint8

// The units of metrics. A profile may call them otherwise: see profile.Units.
const (
	UnitBytes Unit = iota
	UnitBlocks
	UnitTime // the profile's time unit
)

var metricNames = [numMetrics]string{
	TotalBytes:      "total-bytes",
	TotalBlocks:     "total-blocks",
	PeakBytes:       "peak-bytes",
	PeakBlocks:      "peak-blocks",
	EndBytes:        "end-bytes",
	EndBlocks:       "end-blocks",
	MaxBytes:        "max-bytes",
	MaxBlocks:       "max-blocks",
	Lifetime:        "lifetime",
	TemporaryBlocks: "temporary-blocks",
	LiveBytes:       "live-bytes",
	LiveBlocks:      "live-blocks",
	LostBytes:       "lost-bytes",
	LostBlocks:      "lost-blocks",
	ExtraBytes1:     human.ExtraBytes + "1",
	ExtraBytes2:     human.ExtraBytes + "2",
	ExtraBytes3:     human.ExtraBytes + "3",
	ExtraCount1:     human.ExtraCount + "1",
	ExtraCount2:     human.ExtraCount + "2",
	ExtraCount3:     human.ExtraCount + "3",
	Bytes:           "bytes",
	Blocks:          "blocks",
}

// Metrics returns the metrics of points, in the order in which they are shown.
func Metrics() []Metric {
	all := make([]Metric, numPointsHave)
	for i := range all {
		all[i] = Metric(i)
	}
	return all
}

// MetricNames returns the names that ParseMetric takes, but for those of what only a profile's maker knows.
func MetricNames() []string { return append([]string(nil), metricNames[:numNamed]...) }

// IsExtra reports whether the metric is one of profile.Extra, which each profile calls by its own name:
// human.Units.Metric has it.
func (m Metric) IsExtra() bool { return ExtraBytes1 <= m && m <= ExtraCount3 }

// extra returns which of n values of profile.Extra the metric is; ok is false if there are not so many.
func (m Metric) extra(n int) (i int, ok bool) {
	i = int(m - ExtraBytes1)
	if m >= ExtraCount1 {
		i = n - 1 - int(m-ExtraCount1)
	}
	return i, 0 <= i && i < n
}

// FreedMetricNames returns the names that ParseFreedMetric takes.
func FreedMetricNames() []string { return append([]string(nil), metricNames[numPointsHave:]...) }

// ParseMetric returns the metric called name. Its error is a *names.UnknownName,
// which suggests the nearest one and lists all.
func ParseMetric(name string) (Metric, error) {
	if m, ok := MetricOfCalls(name); ok {
		return m, nil
	}
	if i := slices.Index(metricNames[:numPointsHave], name); i >= numNamed {
		return Metric(i), nil
	}
	i, err := names.Find("metric", name, metricNames[:numNamed])
	return Metric(i), err
}

// MetricOfCalls returns the metric that is called name in profiles of copies and events, as human.Units.Metric
// has it; ok is false for what is called as in others.
func MetricOfCalls(name string) (m Metric, ok bool) {
	switch name {
	case "total-units":
		return TotalBytes, true
	case "total-copies", "total-events":
		return TotalBlocks, true
	}
	return 0, false
}

// ParseFreedMetric returns the metric called name of those that the views of frees have. Its
// error is ParseMetric's.
func ParseFreedMetric(name string) (Metric, error) {
	i, err := names.Find("metric of what was freed", name, metricNames[numPointsHave:])
	return Metric(numPointsHave + i), err
}

// DefaultMetric returns peak-bytes for a profile that has it, live-bytes for one of a moment, else
// total-bytes or, where what was allocated in all is not known, end-bytes.
func DefaultMetric(p *profile.Profile) Metric {
	switch {
	case PeakBytes.Has(p):
		return PeakBytes
	case p.Span != nil && p.Span.IsMoment():
		return LiveBytes
	case !TotalBytes.Has(p) && EndBytes.Has(p):
		return EndBytes
	}
	return TotalBytes
}

// String returns the metric's name.
func (m Metric) String() string { return metricNames[m] }

// Unit returns what the metric counts.
func (m Metric) Unit() Unit {
	switch m {
	case TotalBytes, PeakBytes, EndBytes, MaxBytes, LiveBytes, LostBytes, Bytes, ExtraBytes1, ExtraBytes2, ExtraBytes3:
		return UnitBytes
	case Lifetime:
		return UnitTime
	default:
		return UnitBlocks
	}
}

// Has reports whether the profile recorded the metric. What it did not record is
// left out of every view, never shown as 0.
func (m Metric) Has(p *profile.Profile) bool {
	if m.IsExtra() {
		i, ok := m.extra(len(p.Extra))
		return ok && p.Extra[i].CountsBytes() == (m.Unit() == UnitBytes)
	}
	switch {
	case m == TotalBytes || m == TotalBlocks:
		if p.Columns.Has(profile.NoTotals) || p.Span != nil && p.Span.NoTotals {
			return false
		}
	case m == Lifetime && p.Columns.Has(profile.NoTotals):
		return false // the average is by TotalBlocks
	}
	if m.Unit() != UnitBytes && p.Columns.Has(profile.NoBlocks) {
		return false
	}
	return int(m) < numPointsHave && p.Columns.Has(m.column())
}

// column returns the profile's column that the metric is taken from; none for the totals.
func (m Metric) column() profile.Columns {
	switch m {
	case PeakBytes, PeakBlocks:
		return profile.Peak
	case EndBytes, EndBlocks:
		return profile.End
	case MaxBytes, MaxBlocks:
		return profile.Maxima
	case Lifetime:
		return profile.Lifetime
	case TemporaryBlocks:
		return profile.Temporary
	case LiveBytes, LiveBlocks:
		return profile.Live
	case LostBytes, LostBlocks:
		return profile.Lost
	}
	return 0
}

// Additive reports whether the metric of several points together is the sum of
// theirs. It is not for max-bytes and max-blocks, where the sum is an upper
// bound (the points may have been largest at different times), nor for
// lifetime, where summed lifetimes are to be divided by summed blocks.
func (m Metric) Additive() bool {
	return m != MaxBytes && m != MaxBlocks && m != Lifetime
}

// Value returns the metric of one point, in the metric's unit. For Lifetime it
// is the summed lifetimes of the point's blocks, which can be added up; divide
// by the sum of TotalBlocks for the average.
func (m Metric) Value(pt *profile.Point) uint64 {
	switch m {
	case TotalBytes:
		return pt.TotalBytes
	case TotalBlocks:
		return pt.TotalBlocks
	case PeakBytes:
		return pt.PeakBytes
	case PeakBlocks:
		return pt.PeakBlocks
	case EndBytes, LiveBytes:
		return pt.EndBytes
	case EndBlocks, LiveBlocks:
		return pt.EndBlocks
	case LostBytes:
		return pt.Rest().LostBytes
	case LostBlocks:
		return pt.Rest().LostBlocks
	case MaxBytes:
		return pt.Rest().MaxBytes
	case MaxBlocks:
		return pt.Rest().MaxBlocks
	case Lifetime:
		return pt.Rest().TotalLifetime
	case TemporaryBlocks:
		return pt.Rest().TemporaryBlocks
	}
	if i, ok := m.extra(len(pt.Rest().Extra)); ok && m.IsExtra() {
		return pt.Rest().Extra[i]
	}
	return 0
}
