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
	if p := r.Source.Profile; p.Recording != nil {
		for _, m := range p.Modules {
			causes[m.Path] = m.Nameless
		}
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
		if (float64(g.sum)-g.margin)/whole >= worthSaying { // which a share of nothing is not
			all = append(all, Finding{Code: Nameless, Remedy: remedies[g.cause], Evidence: Evidence{
				Share: share, Metric: r.Metric, Units: r.Units, Modules: g.modules, Cause: g.cause,
			}})
		}
	}
	return all
}
