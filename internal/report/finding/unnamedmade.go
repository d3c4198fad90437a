package finding

import (
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/view"
)

// interpreterOfNode is what the name of the function begins with in which node runs functions of JavaScript that it has made no code for:
// all look alike then.
const interpreterOfNode = "Builtins_InterpreterEntryTrampoline"

// MadeCodeUnnamed finds that much of a report comes out of functions without names that node has made code for, or interprets, though it
// would name them if it were asked to. A stack in which one of these has a name is none of those. Java's runtime would name the innermost
// one alone, which is its own.
func MadeCodeUnnamed(r *view.Report) (Finding, bool) {
	// Below that the program's own memory is not what matters.
	const worthSaying = 0.2
	p := r.Source.Profile
	if p.Recording == nil || p.Maker != "" || r.Options.IsOfFrees() || !r.Metric.Additive() {
		return Finding{}, false
	}
	if runtime := runtimeOf(p); runtime == nil || runtime.Name != "node" {
		return Finding{}, false
	}
	kinds := make([]madeKind, len(p.Frames))
	for i := range p.Frames {
		kinds[i] = madeKindOf(&p.Frames[i])
	}
	var unnamed, all uint64
	for i := range p.Points {
		pt, is := &p.Points[i], notMade
		for _, f := range pt.Frames {
			is = max(is, kinds[f])
		}
		all += r.Metric.Value(pt)
		if is == madeUnnamed {
			unnamed += r.Metric.Value(pt)
		}
	}
	share := float64(unnamed) / float64(all)
	return Finding{Code: MadeUnnamed, Remedy: MapNode, Evidence: Evidence{
		Share: share, Metric: r.Metric, Units: r.Units, Modules: []string{p.Recording.Program},
	}}, share >= worthSaying // which a share of nothing is not
}

// madeKind is whether a frame is of code that was made while the program ran: the larger ones say more of a stack.
type madeKind uint8

const (
	notMade madeKind = iota
	madeUnnamed
	madeNamed
)

func madeKindOf(f *profile.Frame) madeKind {
	switch {
	case f.IsMarker():
		return notMade
	case f.Language == profile.JavaScript, f.Module == nil && f.Function != "":
		return madeNamed
	case f.Module == nil, strings.HasPrefix(f.Function, interpreterOfNode):
		return madeUnnamed
	}
	return notMade
}
