package finding

import "heapprof/internal/report/view"

// InlinedUnseen finds that a Rust program has symbols but no debug information, so that
// much of its code is inlined into what is shown.
func InlinedUnseen(r *view.Report) (Finding, bool) {
	p := r.Source.Profile
	if p.Recording == nil || r.Options.IsOfFrees() || r.Total.Sums.Get(r.Metric) == 0 || !r.Source.Frames.IsRustWithoutLines() {
		return Finding{}, false
	}
	return Finding{Code: InlinedMissing, Remedy: BuildRustDebug, Evidence: Evidence{Modules: []string{p.Recording.Program}}}, true
}
