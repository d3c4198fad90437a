package pprof

import (
	"slices"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
)

// Values are which of a profile's values the samples of a File have.
type Values int

// The values.
const (
	AllValues   Values = iota // all that the profile has
	FleetValues               // alloc_* and inuse_*: those that servers of profiles know
	AllocValues               // alloc_*
	InuseValues               // inuse_*
)

// of returns the sample types of a profile that are among the values.
func (v Values) of(p *profile.Profile) []sampleType {
	types := sampleTypes(p)
	if v == AllValues {
		return types
	}
	types = slices.DeleteFunc(types, func(t sampleType) bool {
		alloc, inuse := strings.HasPrefix(t.name, "alloc_"), strings.HasPrefix(t.name, "inuse_")
		return !(alloc && v != InuseValues || inuse && v != AllocValues)
	})
	if v == AllocValues && len(types) > 0 {
		types[len(types)-1].isDefault = true
	}
	return types
}

// sampleType is one value of every sample.
type sampleType struct {
	name, unit string
	metric     view.Metric
	kind       valueKind
	index      int // of profile.Extra or profile.Moments, where it is of these
	isDefault  bool
}

// valueKind is what a value is of.
type valueKind uint8

const (
	ofMetric   valueKind = iota
	ofExtra              // of profile.Extra
	atMoment             // bytes that lived at one of profile.Moments
	heldBlocks           // of Options.Held, which have samples of their own
	heldBytes
)

// of returns the value of a point.
func (t *sampleType) of(pt *profile.Point) uint64 {
	switch t.kind {
	case ofMetric:
		return t.metric.Value(pt)
	case atMoment:
		return pt.StateAt(uint32(t.index)).Bytes
	case ofExtra:
		if t.index < len(pt.Rest().Extra) {
			return pt.Rest().Extra[t.index]
		}
	}
	return 0
}

func sampleTypes(p *profile.Profile) []sampleType {
	size := sizeUnit(p)
	switch p.Measure() {
	case profile.CopiedBytes:
		return []sampleType{
			{name: "copies", unit: "count", metric: view.TotalBlocks},
			{name: "copied_" + size, unit: size, metric: view.TotalBytes, isDefault: true},
		}
	case profile.CountedEvents:
		events := human.UnitsOf(p).BlockName
		return []sampleType{
			{name: events, unit: "count", metric: view.TotalBlocks},
			{name: events + "_" + size, unit: size, metric: view.TotalBytes, isDefault: true},
		}
	}
	inuseBlocks, inuseBytes := view.EndBlocks, view.EndBytes
	if view.LiveBytes.Has(p) {
		inuseBlocks, inuseBytes = view.LiveBlocks, view.LiveBytes
	}
	types := slices.DeleteFunc([]sampleType{
		{name: "alloc_objects", unit: "count", metric: view.TotalBlocks},
		{name: "alloc_space", unit: size, metric: view.TotalBytes},
		{name: "inuse_objects", unit: "count", metric: inuseBlocks},
		{name: "inuse_space", unit: size, metric: inuseBytes},
		{name: "peak_objects", unit: "count", metric: view.PeakBlocks},
		{name: "peak_space", unit: size, metric: view.PeakBytes},
	}, func(t sampleType) bool { return !t.metric.Has(p) })
	for _, first := range []view.Metric{inuseBytes, view.TotalBytes, view.PeakBytes} {
		if i := slices.IndexFunc(types, func(t sampleType) bool { return t.metric == first }); i >= 0 {
			types[i].isDefault = true
			break
		}
	}
	for i, x := range p.Extra {
		types = append(types, sampleType{name: names.Printable(x.Name), unit: names.Printable(x.Unit), kind: ofExtra, index: i})
	}
	return types
}

// sizeUnit is the unit of sizes in pprof's words: bytes, which pprof scales, or
// whatever an ad-hoc profile counts, which it does not.
func sizeUnit(p *profile.Profile) string { return human.UnitsOf(p).Many }

// periodType is what each of a profile's units is one of.
func periodType(p *profile.Profile) string {
	if p.Measure() == profile.CountedEvents {
		return human.UnitsOf(p).BlockName
	}
	return "space"
}
