package finding

import (
	"cmp"
	"slices"

	"heapprof/internal/profile"
)

// OutlivesUse is the code of a site whose blocks are a part of the peak though nothing had
// happened to them for long, and that are freed together after it.
const OutlivesUse Code = "outlives-use"

// Outliving is what a finding that blocks outlive their use rests on.
type Outliving struct {
	Bytes  uint64  `json:"peak-bytes"`
	Blocks uint64  `json:"peak-blocks"`
	Still  float64 `json:"still-seconds"` // before the peak, in which none was allocated, resized or freed
	After  float64 `json:"freed-seconds"` // after the peak: when nearly all of them were freed, at the latest
}

// outlivesUse finds a site that held a part of the peak without any of its blocks having come
// or gone for long, and whose blocks all go together right after it: they could have gone before.
// A few blocks are no sign: a buffer that is in use is not resized either.
//
// It is mistaken where they are read until then: whether a block is read is not recorded.
func outlivesUse(s *Subject) (Finding, bool) {
	const (
		part   = 0.05    // of the peak
		still  = 0.3     // of the time from the start to the peak
		soon   = 3       // moments after the peak by which they are freed
		least  = 1 << 20 // bytes, and
		fewest = 16      // blocks: what it has at least at the peak
		freed  = 0.9     // of what it held at the peak: what goes
		last   = 0.98    // part of the run: what is freed later is freed at exit
	)
	p, h := &s.Point, s.Heap
	peak := h.Profile.PeakTime
	if p.PeakBytes < least || p.PeakBlocks < fewest || share(p.PeakBytes, h.Totals.PeakBytes) < part || float64(p.EndBytes) > (1-freed)*float64(p.PeakBytes) {
		return Finding{}, false
	}
	from, at := h.momentAt(uint64((1-still)*float64(peak))), h.momentAt(peak)
	before, then := s.At(from), s.At(at)
	if from < 0 || at <= from || h.together().At(at).Bytes < h.together().At(from).Bytes+uint64(part*float64(h.Totals.PeakBytes)) {
		return Finding{}, false // nothing was built meanwhile: the program waited, or had no processor
	}
	if !alike(before, then) || then.Bytes != p.PeakBytes || then.Blocks != p.PeakBlocks {
		return Finding{}, false
	}
	// From the last moment at which all was there to the first at which nearly nothing was.
	whole, gone := at, at
	for gone < len(h.Profile.Moments) && float64(s.At(gone).Bytes) > (1-freed)*float64(p.PeakBytes) {
		if float64(s.At(gone).Bytes) >= freed*float64(p.PeakBytes) {
			whole = gone
		}
		gone++
	}
	const together = 2 // windows
	if gone == len(h.Profile.Moments) || gone-whole > together || gone-at > soon || h.part(gone) > last {
		return Finding{}, false
	}
	if s.fewBlocksHaveMost(fewest) {
		return Finding{}, false
	}
	until := h.Profile.Moments[gone].Time
	e := Outliving{
		Bytes: p.PeakBytes, Blocks: p.PeakBlocks, Still: float64(peak-h.sinceWhen(s, at)) / 1e6, After: float64(until-peak) / 1e6,
	}
	return Finding{Amount: h.AmountOf(p.PeakBytes, p.PeakBlocks, OfPeak), Remedy: FreeBeforePeak, Grounds: &e}, true
}

// fewBlocksHaveMost reports whether most bytes of a subject are in sizes of which it has allocated
// few blocks.
func (s *Subject) fewBlocksHaveMost(few uint64) bool {
	var most, all uint64
	for _, c := range s.Facts().Sizes {
		all += c.Bytes
		if c.Blocks < few {
			most += c.Bytes
		}
	}
	return 2*most > all
}

// alike reports whether nothing was allocated or freed from one state to the other.
func alike(a, b profile.State) bool {
	a.Moment = b.Moment
	return a == b
}

// sinceWhen returns the time of the first moment from which on the subject's state is what it is
// at a later one.
func (h *Heap) sinceWhen(s *Subject, at int) uint64 {
	i, found := slices.BinarySearchFunc(s.History(), uint32(at), func(st profile.State, m uint32) int { return cmp.Compare(st.Moment, m) })
	if !found {
		i--
	}
	return h.Profile.Moments[s.History()[i].Moment].Time
}
