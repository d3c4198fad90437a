package finding

import (
	"cmp"
	"slices"

	"heapprof/internal/profile"
	"heapprof/internal/report/held"
	"heapprof/internal/report/view"
)

// OfHeap finds what the numbers of a profile's heap mean and what to do about it: the most
// important first, in the order that compare explains. There are no two findings that say the
// same of one site; see settle.
//
// The rules are in rules.go, each in a file of its own. They look at the sites that are large
// enough to matter, and each only at profiles that have what it rests on.
func OfHeap(s *view.Source) []Finding {
	h := newHeap(s)
	if h == nil {
		return nil
	}
	var all []Finding
	for i := range rules {
		r := &rules[i]
		if !r.fits(h.Profile) {
			continue
		}
		for _, f := range r.find(h) {
			f.Code, f.rule = r.code, i
			all = append(all, f)
		}
	}
	all = settle(all)
	slices.SortStableFunc(all, compare)
	for i := range all {
		if all[i].Stack == nil {
			all[i].Stack = h.mostOf(&all[i])
		}
	}
	return all
}

// HeapCodes returns the codes of all findings that OfHeap makes, in the order of its rules.
func HeapCodes() []Code {
	codes := make([]Code, len(rules))
	for i := range rules {
		codes[i] = rules[i].code
	}
	return codes
}

// Faults returns what OfHeap and WrongFrees find: all that is said of what a program does, and not of a recording.
func Faults(s *view.Source) []Finding { return append(OfHeap(s), WrongFrees(s)...) }

// FaultCodes returns the codes of all findings that Faults makes.
func FaultCodes() []Code { return append(HeapCodes(), MismatchedFrees, FreedTwice, ForeignFrees) }

// Tells reports whether a profile has what the finding of a code, one of FaultCodes, rests on: without that
// there is none, whatever the program does.
func Tells(p *profile.Profile, code Code) bool {
	for i := range rules {
		if rules[i].code == code {
			return rules[i].fits(p)
		}
	}
	return p.Recording != nil && p.Recording.Frees != nil
}

// fits reports whether a profile has what the rule rests on.
func (r *rule) fits(p *profile.Profile) bool {
	switch {
	case p.Measure() != profile.HeapBlocks, !p.Columns.Has(r.columns):
		return false // what valgrind and dhat-rs count else are no blocks
	case r.facts && (p.Recording == nil || !p.Recording.HasFacts):
		return false
	case r.moments && len(p.Moments) < fewMoments:
		return false
	case r.snapshots && (p.Recording == nil || len(p.Recording.Snapshots) == 0):
		return false
	case p.IsAttached() && !r.attached:
		return false
	}
	return r.sampled || p.Sampling.IsExact()
}

// fewMoments are windows too few to see what comes and goes.
const fewMoments = 16

// find returns what the rule finds in a heap.
func (r *rule) find(h *Heap) []Finding {
	if r.heap != nil {
		return r.heap(h)
	}
	var all []Finding
	for _, s := range h.Subjects {
		if f, ok := r.site(s); ok {
			all = append(all, s.fill(f))
		}
	}
	return all
}

// compare puts the more important of two findings first. Memory that is lost for good goes
// before what is only more than needed, for it becomes more the longer the program runs, and what
// is no fault goes last. Among these the one that would save the larger share goes first, of
// whatever it is a share: the peak, the blocks, what is resident.
func compare(a, b Finding) int {
	ra, rb := &rules[a.rule], &rules[b.rule]
	return cmp.Or(
		cmp.Compare(ra.weight, rb.weight),
		cmp.Compare(b.Amount.Share, a.Amount.Share),
		cmp.Compare(b.Amount.Bytes, a.Amount.Bytes),
		cmp.Compare(b.Amount.Blocks, a.Amount.Blocks),
		cmp.Compare(a.rule, b.rule),
		compareSites(a.Site, b.Site),
	)
}

// compareSites orders sites by name, a finding of no site first.
func compareSites(a, b *view.Site) int {
	if a == nil || b == nil {
		return cmp.Compare(btoi(a != nil), btoi(b != nil))
	}
	return cmp.Or(cmp.Compare(a.Label, b.Label), cmp.Compare(a.Place, b.Place))
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// settle leaves out what others say better. Of one site there is one finding of each aspect:
// that of the rule that comes first in the table, which is the more special one. Of a site
// whose memory is lost for good nothing else is said, for that is to be mended first.
func settle(all []Finding) []Finding {
	type said struct {
		*Subject
		aspect
	}
	taken, covered := map[said]bool{}, map[said]Code{}
	lost := map[*Subject]bool{}
	for _, f := range all {
		for _, s := range slices.Concat(f.subjects, f.covers) {
			lost[s] = lost[s] || rules[f.rule].weight == lostForGood
		}
	}
	kept := all[:0]
	for _, f := range all { // which are in the order of the rules
		r := &rules[f.rule]
		again := func(s *Subject) bool {
			by := covered[said{s, r.aspect}]
			return taken[said{s, r.aspect}] || by != "" && by != f.Code || lost[s] && r.weight != lostForGood
		}
		if len(f.subjects) > 0 && again(f.subjects[0]) {
			continue
		}
		for _, s := range f.subjects {
			taken[said{s, r.aspect}] = true
		}
		for _, s := range f.covers {
			covered[said{s, r.aspect}] = f.Code
		}
		kept = append(kept, f)
	}
	return kept
}

// Heap is the heap of a profile, as rules look at it.
type Heap struct {
	Source   *view.Source
	Profile  *profile.Profile
	Totals   profile.Point // of all points
	Subjects []*Subject    // the sites that are large enough to matter

	all     *Subject   // all points together; nil until it is needed
	byPoint []*Subject // of each point; nil where its site is too small

	peak   *held.Of                  // see atPeak
	looked bool                      // peak was looked for
	told   map[int]*profile.Contents // of points, at the peak; nil until it is needed
}

// Shares below which no finding is worth its line, and amounts that are none however large a
// share of a small program they are.
const (
	LeastShare  = 0.01
	LeastBytes  = 64 << 10
	LeastBlocks = 1000
)

// newHeap returns the heap of a profile; nil where its sums are not to be believed.
func newHeap(s *view.Source) *Heap {
	h := &Heap{Source: s, Profile: s.Profile, byPoint: make([]*Subject, len(s.Profile.Points))}
	groups, err := view.Sites(s, matters)
	if err != nil {
		return nil
	}
	h.Totals = s.Profile.Totals()
	for _, g := range groups {
		subject := &Subject{Heap: h, SiteGroup: g}
		for _, p := range g.Points {
			subject.Point.Add(&s.Profile.Points[p])
			h.byPoint[p] = subject
		}
		h.Subjects = append(h.Subjects, subject)
	}
	return h
}

// matters reports whether a site has enough of anything to be worth a word.
func matters(total, site *view.Sums) bool {
	enough := func(m view.Metric, least uint64) bool {
		n := site.Get(m)
		return n >= least && float64(n) >= LeastShare*float64(total.Get(m))
	}
	return enough(view.PeakBytes, LeastBytes) || enough(view.EndBytes, LeastBytes) ||
		enough(view.TotalBytes, LeastBytes) || enough(view.TotalBlocks, LeastBlocks)
}

// SubjectOf returns the subject that a point, an index into Profile.Points, is of; nil where
// its site is too small to matter.
func (h *Heap) SubjectOf(point int) *Subject { return h.byPoint[point] }

// mostOf returns the stack that has most of what a finding is about, nil where it is about no
// site.
func (h *Heap) mostOf(f *Finding) []uint32 {
	best, most := -1, uint64(0)
	for _, s := range f.subjects[:min(1, len(f.subjects))] {
		for _, p := range s.Points {
			if n := f.Amount.Of.of(&h.Profile.Points[p]); best < 0 || n > most {
				best, most = p, n
			}
		}
	}
	if best < 0 {
		return nil
	}
	return h.Profile.Points[best].Stack.Frames()
}
