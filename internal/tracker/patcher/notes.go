//go:build linux && (amd64 || arm64)

package patcher

import (
	"maps"
	"path/filepath"
	"slices"

	"heapprof/internal/profile"
	"heapprof/internal/tracker/patch"
	"heapprof/internal/tracker/patch/allocator"
	"heapprof/internal/tracker/wire"
)

// outcomeCauses are the causes for which the functions of a file are not hooked, by the
// results that a process writes into its plan (wire.PatchOtherFile and so on).
var outcomeCauses = map[uint32]profile.CauseCode{
	0:                     profile.EndedBefore,
	wire.PatchOtherFile:   profile.FileChanged,
	wire.PatchNoRoom:      profile.NoMemoryNear,
	wire.PatchForbidden:   profile.CodeProtected,
	wire.PatchShadowStack: profile.ShadowStack,
}

// whyNot returns why the functions of a file's plan are not hooked; no cause if they are.
func (o *outcome) whyNot() profile.Cause {
	if o.cause.IsZero() {
		return profile.Cause{Code: outcomeCauses[o.result]}
	}
	return o.cause
}

// Notes returns notes on what of an image's allocation is not recorded, or may not be.
func (p *Patcher) Notes(i Image) (notes []profile.Note) {
	for _, o := range p.inForce(i) {
		notes = append(notes, o.notes(i.Missed)...)
	}
	for _, u := range unreadOf(i) {
		notes = append(notes, u.note())
	}
	notes = append(notes, p.lateNotes(i)...)
	return append(notes, p.bypassNotes(i)...)
}

// notes returns notes on what of a file's allocation is not recorded. missed is how many
// calls of the process image are known to be missing.
func (o *outcome) notes(missed uint64) (notes []profile.Note) {
	functions, whyNot := o.functions(), o.whyNot()
	if whyNot.IsZero() && hooksMappings(o.plan) {
		return nil
	}
	file := []string{filepath.Base(o.path)}
	if !whyNot.IsZero() {
		for _, family := range slices.Sorted(maps.Keys(functions)) {
			notes = append(notes, profile.Note{Code: profile.AllocatorNotHooked, Files: file, Allocators: []string{family}, Causes: []profile.Cause{whyNot}})
		}
	}
	if len(o.plan.Refused) > 0 && len(functions) > 0 {
		notes = append(notes, profile.Note{Code: profile.FunctionsNotHooked, Files: file, Functions: refusals(o.plan.Refused)})
	}
	for _, u := range o.plan.Unseen {
		n := u.Note()
		n.Files = file
		notes = append(notes, n)
	}
	for _, h := range o.plan.Partial {
		if whyNot.IsZero() {
			n := h.Note()
			n.Files, n.Count = file, missed
			notes = append(notes, n)
		}
	}
	return notes
}

// note returns the note that an allocator may be missed in the file.
func (u unread) note() profile.Note {
	n := profile.Note{Code: profile.MappedFilesUnknown, Causes: []profile.Cause{{Code: profile.NotRead, Detail: u.cause}}}
	if u.path != "" {
		n.Code, n.Files = profile.FileNotRead, []string{filepath.Base(u.path)}
	}
	return n
}

// refusals returns the functions of a plan that are not hooked, and why.
func refusals(all []patch.Refusal) (functions []profile.NotedFunction) {
	for _, r := range all {
		functions = append(functions, r.Noted())
	}
	return functions
}

// bypassNotes returns a note on the libraries that call the C library's allocator past the
// tracker library, as those do that were loaded with RTLD_DEEPBIND or by dlmopen, where the
// C library itself is not hooked either.
func (p *Patcher) bypassNotes(i Image) []profile.Note {
	var names []string
	for _, l := range i.Libraries {
		if l.Bypasses {
			names = append(names, filepath.Base(l.Path))
		}
	}
	if names == nil {
		return nil
	}
	slices.Sort(names)
	return []profile.Note{{Code: profile.LibcCalledDirectly, Files: slices.Compact(names), Causes: []profile.Cause{p.whyLibcIsNotHooked(i)}}}
}

// whyLibcIsNotHooked returns why the C library's allocator is not hooked in an image.
func (p *Patcher) whyLibcIsNotHooked(i Image) profile.Cause {
	if p.options.Off {
		return profile.Cause{Code: profile.PatchingSwitchedOff}
	}
	for _, o := range p.inForce(i) {
		isLibc := slices.ContainsFunc(o.plan.Patches, func(q patch.Patch) bool { return q.IsLibc })
		if why := o.whyNot(); isLibc && !why.IsZero() {
			return why
		}
	}
	return profile.Cause{Code: profile.CodeUnknown}
}

// lateNotes returns notes on the allocators in libraries that a process image loaded after
// its start, where the loader could not be patched to tell of such libraries.
func (p *Patcher) lateNotes(i Image) (notes []profile.Note) {
	var why profile.Cause
	for _, o := range i.InForce.settled(p.memory) {
		if why.IsZero() {
			why = o.whyLoaderIsNotHooked()
		}
	}
	if why.IsZero() {
		return nil
	}
	for _, l := range i.Libraries {
		key, ok := keyOf(l.Path)
		if !ok || i.InForce.beganWith(key) || l.Path == p.options.Library {
			continue
		}
		plan, _ := p.planFile(l.Path, late)
		if plan == nil {
			continue
		}
		families := make(map[string]bool)
		for _, q := range plan.Patches {
			families[q.Family] = true
		}
		delete(families, allocator.EnteredFamily)
		for _, family := range slices.Sorted(maps.Keys(families)) {
			notes = append(notes, profile.Note{
				Code: profile.AllocatorLoadedLate, Files: []string{filepath.Base(l.Path)}, Allocators: []string{family}, Causes: []profile.Cause{why},
			})
		}
	}
	return notes
}

// whyLoaderIsNotHooked returns why the function by which the loader tells of libraries is
// not hooked. There is no cause if it is, or if the file does not have it.
func (o *outcome) whyLoaderIsNotHooked() profile.Cause {
	for _, r := range o.plan.Refused {
		if r.Name == allocator.LoaderState {
			return r.Reason.Noted()
		}
	}
	if !slices.ContainsFunc(o.plan.Patches, func(p patch.Patch) bool { return p.Family == allocator.LoaderFamily }) {
		return profile.Cause{}
	}
	return o.whyNot()
}

// hooksMappings reports whether a plan hooks functions that map pages.
func hooksMappings(p *patch.Plan) bool {
	return slices.ContainsFunc(p.Patches, func(q patch.Patch) bool { return q.Call.Action == wire.ActionMap })
}
