package report

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
)

// nameCallers says of each row whose frame is only a module and an offset, as
// in a stripped program, which named function most of it was called from. An
// offset alone tells a reader little; the next name up the stack often tells
// enough.
func nameCallers(rows []*Row, sources []*source, m Metric) {
	unnamed := map[*Frame]*Row{}
	for _, r := range rows {
		if r.Kind == Entry && r.Frame.Function == "" && r.Frame.runtime == nil {
			unnamed[r.Frame] = r
		}
	}
	if len(unnamed) == 0 {
		return
	}
	type pair struct {
		row    *Row
		caller *Frame
	}
	weights := map[pair]uint64{}
	for _, s := range sources {
		for i := range s.profile.Points {
			pt := &s.profile.Points[i]
			site := s.frames.Site(pt.Frames, s.allFrames)
			if site < 0 {
				continue
			}
			row := unnamed[s.keys.frames[s.ids[pt.Frames[site]]]]
			if row == nil || s.filter(pt.Frames) != Entry {
				continue
			}
			if caller := s.namedCaller(pt.Frames[site+1:]); caller != nil {
				weights[pair{row, caller}] += m.Value(pt)
			}
		}
	}
	best := map[*Row]uint64{}
	for p, w := range weights {
		old := p.row.Caller
		if old == nil || w > best[p.row] || w == best[p.row] && p.caller.Name() < old.Name() {
			p.row.Caller, best[p.row] = p.caller, w
		}
	}
	for r, w := range best {
		switch whole := r.Sums[0].Get(m) + r.Sums[1].Get(m); {
		case w == whole:
			r.onlyCaller = true
		case w < whole-w: // less than half is not "most"
			r.Caller = nil
		}
	}
}

// namedCaller returns the innermost frame that has a name and is none of the
// library code between.
func (s *source) namedCaller(stack []uint32) *Frame {
	for _, f := range stack {
		if fr := &s.frames.frames[f]; fr.Function != "" && !fr.Plumbing && !fr.startup && !fr.marker {
			return s.keys.frames[s.ids[f]]
		}
	}
	return nil
}

// unnamed is how much of a report has no function's name, though it is not
// plumbing: what a reader would have looked for. It is of the modules of which the
// same is to be said.
type unnamed struct {
	sum     uint64
	modules []string // paths, those with the most first
	why     string   // as namelessWords has it
}

func (v *View) findUnnamed(rows []*Row) []unnamed {
	if v.diff() || v.Options.By != BySite && v.Options.By != ByFunction {
		return nil
	}
	modules := map[string]uint64{}
	for _, r := range rows {
		if f := r.Frame; f.Function == "" && f.Module != "" && !f.Plumbing {
			modules[f.Module] += r.Sums[0].Get(v.Metric)
		}
	}
	causes := map[string]string{}
	if p := v.Profiles[0]; p.Recording != nil {
		for _, m := range p.Modules {
			causes[m.Path] = namelessWords(m.Nameless)
		}
	}
	paths := slices.SortedFunc(maps.Keys(modules), func(a, b string) int {
		return cmp.Or(cmp.Compare(modules[b], modules[a]), strings.Compare(a, b))
	})
	var groups []unnamed
	for _, m := range paths {
		i := slices.IndexFunc(groups, func(u unnamed) bool { return u.why == "" && causes[m] == "" })
		if i < 0 {
			i, groups = len(groups), append(groups, unnamed{why: causes[m]})
		}
		groups[i].sum += modules[m]
		groups[i].modules = append(groups[i].modules, m)
	}
	return groups
}

// unnamedFacts tell a reader of bare offsets why they are no names, or what would
// turn them into such.
func (v *View) unnamedFacts() []fact {
	// Below that the named sites tell the story.
	const worthSaying = 0.1
	var facts []fact
	for _, u := range v.unnamed {
		share := float64(u.sum) / float64(v.Total[0].Get(v.Metric))
		if !(share >= worthSaying) {
			continue
		}
		cause := "install debug symbols for " + someOf(u.modules)
		if u.why != "" {
			cause = someOf(u.modules) + " " + u.why
		}
		facts = append(facts, fact{"note", names.Printable(fmt.Sprintf("%s of %s has no function names: %s", human.Percentage(100*share), v.Metric, cause))})
	}
	return facts
}

// missingSplit tells of debug information that was built and is not there.
func missingSplit(p *profile.Profile) []fact {
	var facts []fact
	for _, m := range p.Modules {
		if n := len(m.MissingSplit); n > 0 {
			facts = append(facts, fact{"note", names.Printable(fmt.Sprintf("%s lacks debug information that was built in .dwo files, so inlined functions or their names may be missing: %s; keep these where they were, or pack them into %s.dwp with dwp",
				path.Base(m.Path), someOf(m.MissingSplit), path.Base(m.Path)))})
		}
	}
	return facts
}

// someOf lists the base names of the first of some paths.
func someOf(paths []string) string {
	const most = 3
	var names []string
	for _, p := range paths[:min(len(paths), most)] {
		names = append(names, path.Base(p))
	}
	if rest := len(paths) - most; rest > 0 {
		names = append(names, fmt.Sprintf("%d more", rest))
	}
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}

// namelessWords says why nothing in a module has a name, after the module's name, and
// what to do where that is known; "" where nothing is known.
func namelessWords(n profile.Nameless) string {
	switch n {
	case profile.Deleted:
		return "was deleted while the program ran, or only the program sees it"
	case profile.Replaced:
		return "was replaced by another build while the program ran; record again"
	case profile.StrippedRust:
		return "is a Rust program without symbols; install its debug symbols, or build it with CARGO_PROFILE_RELEASE_STRIP=false and CARGO_PROFILE_RELEASE_DEBUG=line-tables-only"
	}
	return string(n)
}
