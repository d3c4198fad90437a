package view

import (
	"errors"
	"maps"
	"slices"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
)

// ErrNoHistograms is the error for histograms of a profile that has none of what is asked for.
var ErrNoHistograms = errors.New("how large blocks were was not recorded")

// Histograms are how large blocks were, and how long they lived.
type Histograms struct {
	Options Options
	Source  *Source
	Units   human.Units

	Sizes     []profile.SizeClass // of each allocation and each realloc; classes up to the last that has any
	Lifetimes []profile.LifetimeClass
	HasLives  bool // how long blocks lived is known

	Blocks, Bytes uint64 // of Sizes
	Freed         uint64 // blocks of Lifetimes
	Live          uint64 // blocks that live at the end
	All           uint64 // blocks of the whole profile, whatever the filters
}

// NewHistograms returns the histograms of what the filters of the options leave.
func NewHistograms(s *Source, o Options) (*Histograms, error) {
	h := &Histograms{Options: o, Source: s, Units: human.UnitsOf(s.Profile)}
	total, err := Total(s.Profile)
	if err != nil {
		return nil, err
	}
	h.All = total.Get(TotalBlocks)
	r := s.Profile.Recording
	if r == nil {
		return nil, ErrNoHistograms
	}
	if o.Focus == nil && o.Ignore == nil {
		h.Sizes, h.Lifetimes, h.HasLives, h.Live = r.Sizes, r.Lifetimes, r.HasFacts, total.Get(EndBlocks)
	} else if err := h.filter(newSide(s, newKeys(), o)); err != nil {
		return nil, err
	}
	h.Sizes = trim(h.Sizes, func(c profile.SizeClass) bool { return c.Blocks == 0 })
	h.Lifetimes = trim(h.Lifetimes, func(c profile.LifetimeClass) bool { return c.Blocks == 0 })
	for _, c := range h.Sizes {
		h.Blocks, h.Bytes = h.Blocks+c.Blocks, h.Bytes+c.Bytes
	}
	for _, c := range h.Lifetimes {
		h.Freed += c.Blocks
	}
	h.HasLives = h.HasLives && (h.Freed > 0 || h.Live == h.All)
	if h.Blocks == 0 && h.All > 0 && (o.Focus == nil && o.Ignore == nil) {
		return nil, ErrNoHistograms
	}
	return h, nil
}

// filter adds up the points that the filters leave, in the classes of the whole profile.
func (h *Histograms) filter(s *side) error {
	if !s.Profile.Recording.HasFacts {
		return ErrNoHistograms
	}
	sizes, lives := map[uint64]profile.SizeClass{}, map[uint64]uint64{}
	for _, c := range s.Profile.Recording.Sizes {
		sizes[c.Max] = profile.SizeClass{Max: c.Max}
	}
	for _, c := range s.Profile.Recording.Lifetimes {
		lives[c.Max] = 0
	}
	for i := range s.Profile.Points {
		pt := &s.Profile.Points[i]
		if s.filter(i) != Entry {
			continue
		}
		h.Live += pt.EndBlocks
		if pt.Rest().Facts == nil {
			continue
		}
		for _, c := range pt.Rest().Facts.Sizes {
			sizes[c.Max] = profile.SizeClass{Max: c.Max, Blocks: sizes[c.Max].Blocks + c.Blocks, Bytes: sizes[c.Max].Bytes + c.Bytes}
		}
		for _, c := range pt.Rest().Facts.Lifetimes {
			lives[c.Max] += c.Blocks
		}
	}
	for _, most := range slices.Sorted(maps.Keys(sizes)) {
		h.Sizes = append(h.Sizes, sizes[most])
	}
	for _, most := range slices.Sorted(maps.Keys(lives)) {
		h.Lifetimes = append(h.Lifetimes, profile.LifetimeClass{Max: most, Blocks: lives[most]})
	}
	h.HasLives = true
	return nil
}

// trim leaves out the empty classes at the end.
func trim[C any](classes []C, empty func(C) bool) []C {
	n := len(classes)
	for n > 0 && empty(classes[n-1]) {
		n--
	}
	return slices.Clone(classes[:n])
}
