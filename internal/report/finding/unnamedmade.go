package finding

import (
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/view"
)

// interpreterOfV8 is what the name of the function begins with in which V8 runs functions of JavaScript that it has made no code for:
// all look alike then.
const interpreterOfV8 = "Builtins_InterpreterEntryTrampoline"

// builtinOfV8 is what the names of V8's own functions begin with, which lie in no module in Deno.
const builtinOfV8 = "Builtins_"

// namesCode are the runtimes that name the code that they make if they are asked to, or built so. Java's is none of them: its methods
// have names without. PyPy's names none.
var namesCode = map[string]bool{"node": true, "deno": true, "dotnet": true, "luajit": true, "erlang": true}

// MadeCodeUnnamed finds that much of a report comes out of functions without names that a runtime has made code for, or interprets, though it
// would name them if it were asked to. A stack in which one of these has a name is none of those.
func MadeCodeUnnamed(r *view.Report) (Finding, bool) {
	// Below that the program's own memory is not what matters.
	const worthSaying = 0.2
	p := r.Source.Profile
	if p.Recording == nil || p.Maker != "" || r.Options.IsOfFrees() || !r.Metric.Additive() {
		return Finding{}, false
	}
	runtime := runtimeOf(p)
	if runtime == nil || !namesCode[runtime.Name] {
		return Finding{}, false
	}
	kinds := make([]madeKind, len(p.Frames))
	for i := range p.Frames {
		kinds[i] = madeKindOf(&p.Frames[i])
	}
	var unnamed, all uint64
	for i := range p.Points {
		pt, is := &p.Points[i], notMade
		for _, f := range pt.Stack.All() {
			is = max(is, kinds[f])
		}
		all += r.Metric.Value(pt)
		if is == madeUnnamed {
			unnamed += r.Metric.Value(pt)
		}
	}
	share := float64(unnamed) / float64(all)
	return Finding{Code: MadeUnnamed, Remedy: NameMade, Evidence: Evidence{
		Share: share, Metric: r.Metric, Units: r.Units, Modules: []string{p.Recording.Program}, Runtime: runtime,
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
	case strings.HasPrefix(f.Function, interpreterOfV8):
		return madeUnnamed
	case strings.HasPrefix(f.Function, builtinOfV8):
		return notMade
	case f.Module == nil && f.Function == "":
		return madeUnnamed
	case f.Module == nil:
		return madeNamed
	}
	return notMade
}
