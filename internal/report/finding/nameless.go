package finding

import (
	"math"
	"slices"

	"heapprof/internal/profile"
	"heapprof/internal/report/view"
)

// NamelessFunctions finds why much of a report has bare offsets for names. Modules of
// which no cause is known are one finding; each of the others is one of its own. Of a share
// that is an estimate it is the least that it may be that must be much.
func NamelessFunctions(r *view.Report) []Finding {
	// Below that the named sites tell the story.
	const worthSaying = 0.1
	causes := map[string]profile.Nameless{}
	lost := map[string]bool{} // files of which nobody knows where they lay, so that nothing can name their functions later
	p := r.Source.Profile
	for _, m := range p.Modules {
		if p.Recording != nil {
			causes[m.Path] = m.Nameless
		}
		lost[m.Path] = p.Recording == nil && !m.IsPlaced()
	}
	type group struct {
		cause   profile.Nameless
		sum     uint64
		margin  float64
		modules []string
	}
	var groups []group
	for _, m := range r.Nameless {
		cause := causes[m.Path]
		i := slices.IndexFunc(groups, func(g group) bool { return g.cause == "" && cause == "" })
		if i < 0 {
			i, groups = len(groups), append(groups, group{cause: cause})
		}
		groups[i].sum += m.Sum
		groups[i].margin = math.Hypot(groups[i].margin, m.Margin)
		groups[i].modules = append(groups[i].modules, m.Path)
	}
	remedies := map[profile.Nameless]profile.Remedy{"": InstallSymbols, profile.Replaced: RecordAgain, profile.StrippedRust: BuildRustSymbols}
	var all []Finding
	for _, g := range groups {
		whole := float64(r.Total.Sums.Get(r.Metric))
		share := float64(g.sum) / whole
		remedy := remedies[g.cause]
		if remedy == InstallSymbols && !slices.ContainsFunc(g.modules, func(path string) bool { return !lost[path] }) {
			remedy = RecordSymbols
		}
		if (float64(g.sum)-g.margin)/whole >= worthSaying { // which a share of nothing is not
			all = append(all, Finding{Code: Nameless, Remedy: remedy, Evidence: Evidence{
				Share: share, Metric: r.Metric, Units: r.Units, Modules: g.modules, Cause: g.cause,
			}})
		}
	}
	return all
}
