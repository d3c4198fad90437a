package report

import (
	"cmp"
	"fmt"
	"math"

	"heapprof/internal/report/human"
)

// chooseMetric resolves the metric and refuses what the profiles cannot show.
func (v *View) chooseMetric() error {
	if v.diff() {
		if err := v.sameMeasure(); err != nil {
			return err
		}
	}
	v.Metric = TotalBytes
	if v.Options.Metric != nil {
		v.Metric = *v.Options.Metric
	} else if v.has(PeakBytes) {
		v.Metric = PeakBytes
	}
	for i, p := range v.Profiles {
		if !v.Metric.Has(p) {
			return fmt.Errorf("%s does not record %s; it has %s", v.profileName(i), v.Metric, available(v))
		}
	}
	return nil
}

// has says whether every profile has the metric.
func (v *View) has(m Metric) bool {
	for _, p := range v.Profiles {
		if !m.Has(p) {
			return false
		}
	}
	return true
}

func (v *View) profileName(i int) string {
	if i < len(v.Options.Names) {
		return v.Options.Names[i]
	}
	if !v.diff() {
		return "the profile"
	}
	return [...]string{"the first profile", "the second profile"}[i]
}

func available(v *View) string {
	names := ""
	for _, m := range Metrics() {
		if v.has(m) {
			if names != "" {
				names += ", "
			}
			names += m.String()
		}
	}
	return names
}

// sameMeasure says why two profiles cannot be compared: they count different
// things. Heaps measured by different tools can.
func (v *View) sameMeasure() error {
	a, b := v.Profiles[0], v.Profiles[1]
	ua, ub := human.UnitsOf(a), human.UnitsOf(b)
	if kindOfMode(a.Mode) != kindOfMode(b.Mode) {
		return fmt.Errorf("%s has the mode %q and %s %q, which measure different things", v.profileName(0), a.Mode, v.profileName(1), b.Mode)
	}
	if ua.One != ub.One {
		return fmt.Errorf("%s counts %s and %s %s", v.profileName(0), ua.Many, v.profileName(1), ub.Many)
	}
	return nil
}

// kindOfMode reduces a mode to what it measures: dhat-rs calls valgrind's modes
// rust-heap and rust-ad-hoc.
func kindOfMode(mode string) string {
	switch mode {
	case "rust-heap":
		return "heap"
	case "rust-ad-hoc":
		return "ad-hoc"
	}
	return mode
}

// matchFrames numbers the frames of two profiles so that what is the same
// function, file or module in both has one number: first by looseKey, then by
// looserKey where that is without ambiguity on either side.
func matchFrames(k *keys, by By, before, after *source) {
	key, looser := looseKey(by), looserKey(by)
	// The later profile names the frames: its lines are those in the editor.
	after.ids = k.intern(after.frames, key)
	known := len(k.frames)
	before.ids = k.intern(before.frames, key)

	inBefore := make([]bool, len(k.frames))
	for _, id := range before.ids {
		inBefore[id] = true
	}
	const ambiguous = -1
	onlyBefore, onlyAfter := map[string]int{}, map[string]int{}
	count := func(m map[string]int, id int) {
		name := looser(k.frames[id])
		if _, dup := m[name]; dup {
			m[name] = ambiguous
		} else {
			m[name] = id
		}
	}
	for id := range k.frames {
		switch {
		case id >= known:
			count(onlyBefore, id)
		case !inBefore[id]:
			count(onlyAfter, id)
		}
	}
	alias := map[uint32]uint32{}
	for name, id := range onlyBefore {
		if to, ok := onlyAfter[name]; ok && to != ambiguous && id != ambiguous {
			alias[uint32(id)] = uint32(to)
		}
	}
	for i, id := range before.ids {
		if to, ok := alias[id]; ok {
			before.ids[i] = to
		}
	}
}

// change is what became of one value: exact where the metric adds up.
type change struct {
	before, after           float64
	exactBefore, exactAfter uint64
	average                 bool
}

func (v *View) change(r *Row) change { return v.changeOf(&r.Sums, v.Metric) }

func (v *View) changeOf(s *[2]Sums, m Metric) change {
	if m == Lifetime {
		return change{before: s[0].AverageLifetime(), after: s[1].AverageLifetime(), average: true}
	}
	b, a := s[0].Get(m), s[1].Get(m)
	return change{before: float64(b), after: float64(a), exactBefore: b, exactAfter: a}
}

// abs is the exact size of the change of a metric that adds up.
func (c change) abs() uint64 {
	if c.exactAfter >= c.exactBefore {
		return c.exactAfter - c.exactBefore
	}
	return c.exactBefore - c.exactAfter
}

func (c change) sign() int {
	if c.average {
		return cmp.Compare(c.after, c.before)
	}
	return cmp.Compare(c.exactAfter, c.exactBefore)
}

// size is the size of the change without its sign.
func (c change) size() float64 {
	if c.average {
		return math.Abs(c.after - c.before)
	}
	return float64(c.abs())
}

func (c change) compareSize(o change) int {
	if c.average {
		return cmp.Compare(c.size(), o.size())
	}
	return cmp.Compare(c.abs(), o.abs())
}

// fresh says that there was nothing before, so the change has no percentage.
func (c change) fresh() bool { return c.before == 0 && c.after != 0 }

// percentSize is the change in percent of the value before, without its sign.
func (c change) percentSize() float64 {
	if c.before == 0 {
		return 0
	}
	return 100 * c.size() / c.before
}
