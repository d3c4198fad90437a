//go:build linux && (amd64 || arm64)

package patcher

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"heapprof/internal/tracker/patch"
	"heapprof/internal/tracker/patch/allocator"
	"heapprof/internal/tracker/wire"
)

// causes are the outcomes that leave a file's functions as they are.
var causes = map[uint32]string{
	0:                     "the program ended before it could be done",
	wire.PatchOtherFile:   "the file has changed since it was loaded, or something else has patched it",
	wire.PatchNoRoom:      "the system gives no memory near it that code can be in",
	wire.PatchForbidden:   "the system does not let its code be changed",
	wire.PatchShadowStack: "it runs with a shadow stack",
}

// whyNot returns why the functions of a file's plan are not hooked; empty where they are.
func (o *outcome) whyNot() string { return cmp.Or(o.cause, causes[o.code]) }

// Unseen words what of a process image's allocation is not recorded, or may not be, a line
// each.
func (p *Patcher) Unseen(i Image) (lines []string) {
	for _, o := range p.inForce(i) {
		name, functions, whyNot := filepath.Base(o.path), o.functions(), o.whyNot()
		if whyNot == "" && isMappings(o.plan) {
			continue
		}
		say := func(format string, args ...any) { lines = append(lines, name+": "+fmt.Sprintf(format, args...)) }
		for family := range functions {
			if whyNot != "" {
				lines = append(lines, fmt.Sprintf("%s in %s is not recorded: %s", family, name, whyNot))
			}
		}
		if len(o.plan.Refused) > 0 && len(functions) > 0 {
			say("not hooked, and so not recorded: %s", refusals(o.plan.Refused))
		}
		for _, hidden := range o.plan.Hidden {
			say("%s", hidden)
		}
		for _, partial := range o.plan.Partial {
			if whyNot == "" {
				say("%s: %s; %s", partial, missing(i.Missed), partial.Remedy)
			}
		}
	}
	for _, u := range unreadOf(i) {
		lines = append(lines, u.words())
	}
	lines = append(lines, p.unseenLate(i)...)
	lines = append(lines, bypassing(i.Libraries, p.whyLibcIsNotHooked(i))...)
	slices.Sort(lines)
	return lines
}

// words says what may be missed for a file that could not be looked at.
func (u unread) words() string {
	if u.path == "" {
		return fmt.Sprintf("an allocator of the program's own or of its libraries, if there is one, is not recorded, for it is not known what is mapped (%s)", u.cause)
	}
	return fmt.Sprintf("an allocator in %s, if it has one, is not recorded, for the file could not be read (%s)", filepath.Base(u.path), u.cause)
}

// bypassing words which libraries allocate past the tracker library, as those do that
// were loaded with RTLD_DEEPBIND or by dlmopen. why says of the C library's functions that,
// and why, they are not hooked.
func bypassing(libraries []Library, why string) []string {
	var names []string
	for _, l := range libraries {
		if l.Bypasses {
			names = append(names, filepath.Base(l.Path))
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
func (p *Patcher) whyLibcIsNotHooked(i Image) string {
	if p.options.Off {
		return "--no-patch leaves alone"
	}
	why := ""
	for _, o := range p.inForce(i) {
		if slices.ContainsFunc(o.plan.Patches, func(q patch.Patch) bool { return q.IsLibc }) {
			why = cmp.Or(why, o.whyNot())
		}
	}
	return "could not be patched: " + cmp.Or(why, "their code is not known")
}

// missing words how many calls of an allocator that is hooked in part were not met, as
// far as what was met shows: frees of blocks that were not seen being made, and blocks
// made where one seemed to live.
func missing(n uint64) string {
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
func (p *Patcher) unseenLate(i Image) (unseen []string) {
	why := ""
	for _, o := range i.InForce.settledNow(p.memory) {
		why = cmp.Or(why, o.loaderRefused())
	}
	if why == "" {
		return nil
	}
	for _, l := range i.Libraries {
		key, ok := keyOf(l.Path)
		if !ok || i.InForce.beganWith(key) || l.Path == p.options.Library {
			continue
		}
		plan, _ := p.planFile(l.Path, true)
		if plan == nil {
			continue
		}
		families := make(map[string]bool)
		for _, q := range plan.Patches {
			families[q.Family] = true
		}
		for family := range families {
			unseen = append(unseen, fmt.Sprintf("%s in %s is not recorded: it came by dlopen, and the loader could not be patched: %s",
				family, filepath.Base(l.Path), why))
		}
	}
	return unseen
}

// loaderRefused returns why the function of the loader's that tells of libraries is not
// hooked, if the file has it; else it is empty.
func (o *outcome) loaderRefused() string {
	for _, r := range o.plan.Refused {
		if r.Name == allocator.LoaderState {
			return r.Reason
		}
	}
	if !slices.ContainsFunc(o.plan.Patches, func(p patch.Patch) bool { return p.Family == allocator.LoaderFamily }) {
		return ""
	}
	return o.whyNot()
}

// isMappings reports whether a plan hooks what maps pages.
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
