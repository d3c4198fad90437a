package report

import (
	"regexp"
	"slices"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
)

// View is a report or a diff, ready to be written. Its rows add up to Total.
type View struct {
	Profiles []*profile.Profile // one, or two for a diff: before, after
	Metric   Metric
	Options  Options
	Rows     []*Row
	Total    [2]Sums // as many as Profiles

	unnamed []unnamed
}

// Row is one line, with its children in a tree.
type Row struct {
	Kind     Kind
	Frame    *Frame   // of an Entry, unless Stack is set
	Stack    []*Frame // of an Entry by stack, innermost first
	Caller   *Frame   // of an Entry that has no name: see nameCallers
	Count    int      // of a Folded: how many entries
	noun     string   // of a Folded: what these are
	Sums     [2]Sums  // for each profile
	Children []*Row   // in a tree; each node's children add up to the node

	onlyCaller bool     // all of the row comes from Caller
	gross      uint64   // in a tree of a diff: the sizes of the changes below
	stack      stackRef // by stack, until Stack is made of it

	candidates []chunkPoint // until findChunks
	chunks     *chunks      // nil if the row is no arena or pool
}

// Kind is what a row stands for.
type Kind uint8

// The kinds of rows. All but Entry account for what is not shown.
const (
	Entry     Kind = iota
	Self           // in a tree: allocated by the parent itself
	Folded         // below --top, --min or --min-change
	Unfocused      // --focus does not match
	Ignored        // --ignore matches
	total          // the last line of a table: all rows together
)

var kindNames = [...]string{Entry: "entry", Self: "self", Folded: "folded", Unfocused: "unfocused", Ignored: "ignored", total: "total"}

func (k Kind) String() string { return kindNames[k] }

// Build makes the view that the options ask for: of one profile a report, of
// two (before, after) a diff. It refuses a metric that a profile lacks, and two
// profiles that do not measure the same.
func Build(o Options, profiles ...*profile.Profile) (*View, error) {
	v := &View{Profiles: profiles, Options: o}
	if err := o.Check(); err != nil {
		return nil, err
	}
	if err := v.chooseMetric(); err != nil {
		return nil, err
	}
	sources := v.sources()
	for i, s := range sources {
		sums, err := Total(s.profile)
		if err != nil {
			return nil, err
		}
		v.Total[i] = sums
	}
	if o.Tree {
		v.Rows = v.tree(sources)
	} else {
		v.Rows = v.table(sources)
	}
	return v, nil
}

// units are those of a report's profile, and of the second one of a diff.
func (v *View) units() human.Units { return human.UnitsOf(v.Profiles[len(v.Profiles)-1]) }

func (v *View) diff() bool { return len(v.Profiles) == 2 }

// minPercent is the effective --min.
func (v *View) minPercent() float64 {
	switch {
	case v.Options.Min != nil:
		return *v.Options.Min
	case v.Options.Tree:
		return 1
	}
	return 0
}

// source is one profile with what a view needs to know of its frames.
type source struct {
	profile       *profile.Profile
	frames        *FrameTable
	ids           []uint32 // of each frame: see keys
	keys          *keys
	focus, ignore []bool // of each frame: whether it matches; nil without the option
	allFrames     bool
}

func (v *View) sources() []*source {
	o, k := v.Options, newKeys()
	sources := make([]*source, len(v.Profiles))
	for i, p := range v.Profiles {
		t := NewFrameTable(p)
		if o.AllFrames {
			t.forgetRuntimeSites()
		}
		sources[i] = &source{
			profile: p, frames: t, keys: k, allFrames: o.AllFrames,
			focus: matching(t, o.Focus), ignore: matching(t, o.Ignore),
		}
	}
	if v.diff() {
		matchFrames(k, o.By, sources[0], sources[1])
	} else {
		sources[0].ids = k.intern(sources[0].frames, exactKey(o.By))
	}
	return sources
}

// matching says of each frame whether function, file or module match.
func matching(t *FrameTable, re *regexp.Regexp) []bool {
	if re == nil {
		return nil
	}
	match := make([]bool, len(t.frames))
	for i := range t.frames {
		f := &t.frames[i]
		match[i] = re.MatchString(f.Name()) || f.File != "" && re.MatchString(f.File) || f.Module != "" && re.MatchString(f.Module)
	}
	return match
}

// filter says whether the options hide a stack: Unfocused, Ignored, or Entry
// where they do not.
func (s *source) filter(stack []uint32) Kind {
	if s.ignore != nil && slices.ContainsFunc(stack, func(f uint32) bool { return s.ignore[f] }) {
		return Ignored
	}
	if s.focus != nil && !slices.ContainsFunc(stack, func(f uint32) bool { return s.focus[f] }) {
		return Unfocused
	}
	return Entry
}

// shown is the part of a stack to show, from its site outward.
func (s *source) shown(stack []uint32) []uint32 {
	from, to := s.frames.Trim(stack, s.allFrames)
	return stack[max(from, 0):to]
}

// table groups the points, sorts the groups and folds the small ones.
func (v *View) table(sources []*source) []*Row {
	hidden := newHidden()
	var groups []*Row
	byFrame := make([]*Row, len(sources[0].keys.frames))
	stacks := newStackIndex()
	var byStack []*Row
	var bare *Row // of stacks without frames
	judged := v.showsChunks()
	for side, s := range sources {
		for i := range s.profile.Points {
			pt := &s.profile.Points[i]
			if kind := s.filter(pt.Frames); kind != Entry {
				hidden.row(kind).Sums[side].add(pt)
				continue
			}
			var row *Row
			site := s.frames.Site(pt.Frames, s.allFrames)
			switch {
			case site < 0:
				if bare == nil {
					bare = &Row{Frame: &Frame{}}
					groups = append(groups, bare)
				}
				row = bare
			case v.Options.By == ByStack:
				n := stacks.number(s, s.shown(pt.Frames))
				if n == len(byStack) {
					row = &Row{Frame: s.keys.frames[s.ids[pt.Frames[site]]], stack: stacks.known[n]}
					byStack = append(byStack, row)
					groups = append(groups, row)
				}
				row = byStack[n]
			default:
				id := s.ids[pt.Frames[site]]
				row = byFrame[id]
				if row == nil {
					row = &Row{Frame: s.keys.frames[id]}
					byFrame[id] = row
					groups = append(groups, row)
				}
			}
			row.Sums[side].add(pt)
			if judged && site >= 0 {
				row.addChunks(s.frames, pt, site)
			}
		}
	}
	v.unnamed = v.findUnnamed(groups)
	rows := v.arrange(groups, v.Options.By.String(), v.small)
	for _, r := range rows {
		r.findChunks()
	}
	switch v.Options.By {
	case ByStack:
		for _, r := range rows {
			r.Stack = r.stack.list()
		}
	case BySite, ByFunction:
		nameCallers(rows, sources, v.Metric)
	}
	return append(rows, hidden.rows()...)
}

// arrange sorts rows by the metric, or in a diff by the size of its change, and
// folds those beyond --top, and those that small picks out, into one
// that calls them by the noun.
func (v *View) arrange(rows []*Row, noun string, small func(*Row) bool) []*Row {
	slices.SortStableFunc(rows, v.compare)
	shown := rows[:0]
	folded := &Row{Kind: Folded, noun: noun}
	for _, r := range rows {
		full := v.Options.Top > 0 && len(shown) >= v.Options.Top
		// One entry alone is shown rather than folded by --top: its line takes
		// as much room as the line that would stand for it.
		if full && folded.Count == 0 && r == rows[len(rows)-1] {
			full = false
		}
		if full || small != nil && small(r) {
			folded.Count++
			for side := range folded.Sums {
				folded.Sums[side].addSums(&r.Sums[side])
			}
			continue
		}
		shown = append(shown, r)
	}
	if folded.Count > 0 {
		shown = append(shown, folded)
	}
	return shown
}

// compare puts the row to show first first. Ties are broken by the totals and
// then by name, so that a rebuilt profile shows the same order; of equal stacks,
// which are many and whose names are long, the profile's order is kept.
func (v *View) compare(a, b *Row) int {
	if v.diff() {
		if c := v.change(b).compareSize(v.change(a)); c != 0 {
			return c
		}
	} else if c := b.Sums[0].compare(&a.Sums[0], v.Metric); c != 0 {
		return c
	}
	for _, m := range [...]Metric{TotalBytes, TotalBlocks} {
		for side := range v.Profiles {
			if c := b.Sums[side].compare(&a.Sums[side], m); c != 0 {
				return c
			}
		}
	}
	if v.Options.By == ByStack {
		return 0
	}
	an, ap := a.label(v)
	bn, bp := b.label(v)
	if c := strings.Compare(an, bn); c != 0 {
		return c
	}
	return strings.Compare(ap, bp)
}

// small says whether --min or --min-change folds the row.
func (v *View) small(r *Row) bool {
	if v.diff() {
		c := v.change(r)
		return v.smallChange(c.size(), c.before)
	}
	least := v.minPercent() / 100
	return least > 0 && float64(r.Sums[0].Get(v.Metric)) < least*float64(v.Total[0].Get(v.Metric))
}

// smallChange says whether a change of that size, from the value before, is one
// to fold: below --min percent of the larger total, or below --min-change.
func (v *View) smallChange(size, before float64) bool {
	whole := max(v.Total[0].Get(v.Metric), v.Total[1].Get(v.Metric))
	if size < v.minPercent()/100*float64(whole) {
		return true
	}
	t := v.Options.MinChange
	return size < float64(t.Amount) || before > 0 && 100*size/before < t.Percent
}

// hidden collects what filters take out.
type hidden struct{ unfocused, ignored *Row }

func newHidden() *hidden {
	return &hidden{unfocused: &Row{Kind: Unfocused}, ignored: &Row{Kind: Ignored}}
}

func (h *hidden) row(k Kind) *Row {
	if k == Ignored {
		return h.ignored
	}
	return h.unfocused
}

// rows returns the rows that hide something.
func (h *hidden) rows() []*Row {
	var rows []*Row
	for _, r := range []*Row{h.unfocused, h.ignored} {
		if r.Sums[0].points+r.Sums[1].points > 0 {
			rows = append(rows, r)
		}
	}
	return rows
}
