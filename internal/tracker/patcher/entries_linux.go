//go:build linux && (amd64 || arm64)

package patcher

import (
	"path/filepath"
	"slices"

	"heapprof/internal/tracker/patch"
	"heapprof/internal/tracker/wire"
)

// numberMarked gives the functions of a plan whose entries are to be marked the numbers by which
// a program knows that they were entered: no two of the files that it may map have the same.
// Those that are more than there may be are left alone.
func (p *Patcher) numberMarked(plan *patch.Plan) {
	plan.Patches = slices.DeleteFunc(plan.Patches, func(q patch.Patch) bool {
		return q.Call.Action == wire.ActionMark && p.marked.Load() >= wire.MaxMarked
	})
	for i := range plan.Patches {
		if q := &plan.Patches[i]; q.Call.Action == wire.ActionMark {
			q.Entered = p.marked.Add(1) - 1
		}
	}
}

// unhooked returns those of the functions whose entries are to be hooked that none of the plans
// has hooked. names are the names of their files, the first of which is the program.
func (p *Patcher) unhooked(names []string, plans []*patch.Plan) (all []Unhooked) {
	for i := range p.options.Entries {
		u := Unhooked{Entry: i, Name: p.options.Entries[i].Name, Stripped: len(plans) > 0 && plans[0].Stripped}
		hooked := false
		for n, plan := range plans {
			for _, e := range plan.Entered {
				switch {
				case e.Entry != i:
				case e.Refused == nil:
					hooked = true
				case u.File == "":
					u.File, u.Cause, u.Stripped = names[n], e.Refused.Noted(), false
				}
			}
		}
		if !hooked {
			all = append(all, u)
		}
	}
	return all
}

// NotEntered returns why functions were not entered, of those that had hooks for that in any
// process: entered reports which were, by their index in Options.Entries. The cause is that the file
// of the image could not be patched; zero: nobody entered the function.
func (p *Patcher) NotEntered(i Image, entered func(entry int) bool) (all []Unhooked) {
	hooked := make(map[int]bool)
	p.mu.Lock()
	for _, entry := range p.plans {
		if entry.plan != nil {
			for _, e := range entry.plan.Entered {
				hooked[e.Entry] = hooked[e.Entry] || e.Refused == nil
			}
		}
	}
	p.mu.Unlock()
	for index := range p.options.Entries {
		if !hooked[index] || entered(index) {
			continue
		}
		u := Unhooked{Entry: index, Name: p.options.Entries[index].Name}
		for _, o := range p.inForce(i) {
			if slices.ContainsFunc(o.plan.Entered, func(e patch.Entered) bool { return e.Entry == index }) {
				u.File, u.Cause = filepath.Base(o.path), o.whyNot()
			}
		}
		all = append(all, u)
	}
	return all
}

// EntersLibc reports whether functions are hooked in an image of those entries that are OfLibc.
func (p *Patcher) EntersLibc(i Image) bool {
	return slices.ContainsFunc(p.inForce(i), func(o outcome) bool {
		return o.whyNot().IsZero() && slices.ContainsFunc(o.plan.Entered, func(e patch.Entered) bool {
			return e.Refused == nil && p.options.Entries[e.Entry].OfLibc
		})
	})
}

// PartlyHooked returns the functions of an image that were not hooked, of the names in Options.Entries that
// other functions have as well, which were.
func (p *Patcher) PartlyHooked(i Image) (all []Unhooked) {
	hooked := make(map[int]bool)
	for _, o := range p.inForce(i) {
		for _, e := range o.plan.Entered {
			hooked[e.Entry] = hooked[e.Entry] || e.Refused == nil && o.whyNot().IsZero()
		}
	}
	for _, o := range p.inForce(i) {
		for _, e := range o.plan.Entered {
			u := Unhooked{Entry: e.Entry, Name: patch.Symbols{e.Symbol}.Names()[0], File: filepath.Base(o.path), Cause: o.whyNot()}
			if e.Refused != nil {
				u.Cause = e.Refused.Noted()
			}
			if hooked[e.Entry] && !u.Cause.IsZero() {
				all = append(all, u)
			}
		}
	}
	return all
}
