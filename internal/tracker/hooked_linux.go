//go:build linux && (amd64 || arm64)

package tracker

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/tracker/patch"
	"heapprof/internal/tracker/wire"
)

// hooked is what became of the plan of a file in a process.
type hooked struct {
	path    string
	plan    *patch.Plan
	module  int    // in the plan that the process was given; -1: it was not part of that
	cause   string // why, where it had functions to patch
	outcome uint32 // wire.Patched and so on; 0: the process did not come to it
}

// causes are the outcomes that leave a file's functions as they are.
var causes = map[uint32]string{
	0:                     "the program ended before it could be done",
	wire.PatchOtherFile:   "the file has changed since it was loaded, or something else has patched it",
	wire.PatchNoRoom:      "the system gives no memory near it that code can be in",
	wire.PatchForbidden:   "the system does not let its code be changed",
	wire.PatchShadowStack: "it runs with a shadow stack",
}

// whyNot returns why the functions of a file's plan are not hooked; empty where they are.
func (h *hooked) whyNot() string { return cmp.Or(h.cause, causes[h.outcome]) }

// functions counts the functions of a file's plan by family, but not those of which the
// calls arrive at the preloaded library.
func (h *hooked) functions() map[string]int {
	functions := make(map[string]int)
	for _, p := range h.plan.Patches {
		if p.Family != patch.ForkFamily && p.Family != patch.LoaderFamily && p.Family != patch.ExecFamily && !p.Behind {
			functions[p.Family]++
		}
	}
	return functions
}

// seen returns the allocators that were hooked in a process.
func seen(all []hooked) (seen []Allocator) {
	for _, h := range all {
		if h.whyNot() != "" || isMappings(h.plan) { // those are of the C library, and no allocator
			continue
		}
		for family, n := range h.functions() {
			seen = append(seen, Allocator{File: filepath.Base(h.path), Family: family, Functions: n})
		}
	}
	slices.SortFunc(seen, func(a, b Allocator) int {
		return cmp.Or(cmp.Compare(b.Functions, a.Functions), cmp.Compare(a.Family, b.Family), cmp.Compare(a.File, b.File))
	})
	return seen
}

// unseen words what of a process's allocation is not recorded, or may not be, a line
// each. counts say what is known to be missing.
func (a *patcher) unseen(p *process, counts profile.Counts) (lines []string) {
	for _, h := range a.allOutcomes(p) {
		name, functions, whyNot := filepath.Base(h.path), h.functions(), h.whyNot()
		if whyNot == "" && isMappings(h.plan) {
			continue
		}
		say := func(format string, args ...any) { lines = append(lines, name+": "+fmt.Sprintf(format, args...)) }
		for family := range functions {
			if whyNot != "" {
				lines = append(lines, fmt.Sprintf("%s in %s is not recorded: %s", family, name, whyNot))
			}
		}
		if len(h.plan.Refused) > 0 && len(functions) > 0 {
			say("not hooked, and so not recorded: %s", refusals(h.plan.Refused))
		}
		for _, hidden := range h.plan.Hidden {
			say("%s", hidden)
		}
		for _, partial := range h.plan.Partial {
			if whyNot == "" {
				say("%s: %s; %s", partial, missing(counts), partial.Remedy)
			}
		}
	}
	lines = append(lines, a.unseenLate(p)...)
	lines = append(lines, p.past(a.whyLibcIsNotHooked(p))...)
	slices.Sort(lines)
	return lines
}

// past words which files of a process allocate past the tracker library, as those do that
// were loaded with RTLD_DEEPBIND or by dlmopen. why says of the C library's functions that,
// and why, they are not hooked.
func (p *process) past(why string) []string {
	var names []string
	for _, m := range p.Modules {
		if m.Bypasses {
			names = append(names, filepath.Base(m.Path))
		}
	}
	if names == nil {
		return nil
	}
	slices.Sort(names)
	names = slices.Compact(names)
	return []string{firstFew(names) + ": what is allocated there is not recorded, and what is freed there may seem to live on, for the calls go to the C library itself (RTLD_DEEPBIND or dlmopen), whose functions " + why}
}

// whyLibcIsNotHooked says that, and why, the C library's allocator is not hooked in a process.
func (a *patcher) whyLibcIsNotHooked(p *process) string {
	if a.off {
		return "--no-patch leaves alone"
	}
	why := ""
	for _, h := range a.allOutcomes(p) {
		if slices.ContainsFunc(h.plan.Patches, func(q patch.Patch) bool { return q.IsLibc }) {
			why = cmp.Or(why, h.whyNot())
		}
	}
	return "could not be patched: " + cmp.Or(why, "their code is not known")
}

// missing words how many calls of an allocator that is hooked in part were not met, as
// far as what was met shows: frees of blocks that were not seen being made, and blocks
// made where one seemed to live.
func missing(c profile.Counts) string {
	n := c.UnknownFrees + c.LostEvents
	switch n {
	case 0:
		return "nothing that was met shows that a call was missed, but blocks may be missing or seem to live on"
	case 1:
		return "1 call is known to be missing and more may be, so that blocks are missing or seem to live on"
	}
	return fmt.Sprintf("%d calls are known to be missing and more may be, so that blocks are missing or seem to live on", n)
}

// unseenLate words which allocators are in libraries that a process has loaded after its
// start, where the loader could not be patched to hear of them.
func (a *patcher) unseenLate(p *process) (unseen []string) {
	origin := p.origin()
	if origin == nil {
		return nil
	}
	why := ""
	for _, h := range a.outcomes(origin) {
		why = cmp.Or(why, h.loaderRefused())
	}
	if why == "" {
		return nil
	}
	for _, m := range p.Modules {
		key, ok := keyOf(m.Path)
		if !ok || origin.began[key] || m.Path == a.library {
			continue
		}
		plan := a.planFile(m.Path, true)
		if plan == nil {
			continue
		}
		families := make(map[string]bool)
		for _, q := range plan.Patches {
			families[q.Family] = true
		}
		for family := range families {
			unseen = append(unseen, fmt.Sprintf("%s in %s is not recorded: it came by dlopen, and the loader could not be patched: %s",
				family, filepath.Base(m.Path), why))
		}
	}
	return unseen
}

// loaderRefused returns why the function of the loader's that tells of libraries is not
// hooked, if the file has it; else it is empty.
func (h *hooked) loaderRefused() string {
	for _, r := range h.plan.Refused {
		if r.Name == patch.LoaderState {
			return r.Reason
		}
	}
	if !slices.ContainsFunc(h.plan.Patches, func(p patch.Patch) bool { return p.Family == patch.LoaderFamily }) {
		return ""
	}
	return h.whyNot()
}

// isMappings says whether a plan hooks what maps pages.
func isMappings(p *patch.Plan) bool {
	return slices.ContainsFunc(p.Patches, func(q patch.Patch) bool { return q.Call.Action == wire.ActionMap })
}

// refusals names the first few.
func refusals(all []patch.Refusal) string {
	words := make([]string, len(all))
	for i, r := range all {
		words[i] = fmt.Sprintf("%s (%s)", r.Title(), r.Reason)
	}
	return firstFew(words)
}

// firstFew names the first few of many.
func firstFew(all []string) string {
	const named = 3
	words := slices.Clone(all[:min(len(all), named)])
	if n := len(all) - named; n > 0 {
		words = append(words, fmt.Sprintf("%d more", n))
	}
	return strings.Join(words, ", ")
}
