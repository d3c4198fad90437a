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

// unmarked returns those of the functions whose entries are to be marked that none of the plans
// has hooked. names are the names of their files, the first of which is the program.
func (p *Patcher) unmarked(names []string, plans []*patch.Plan) (all []Unmarked) {
	for i, name := range p.options.Marks {
		u := Unmarked{Name: name, Stripped: len(plans) > 0 && plans[0].Stripped}
		hooked := false
		for n, plan := range plans {
			for _, m := range plan.Marked {
				switch {
				case m.Name != i:
				case m.Refused == nil:
					hooked = true
				case u.File == "":
					u.File, u.Cause, u.Stripped = names[n], m.Refused.Noted(), false
				}
			}
		}
		if !hooked {
			all = append(all, u)
		}
	}
	return all
}

// NotEntered returns why functions were not marked, of those that had hooks for that in any
// process: entered tells which were, by their index in Options.Marks. The cause is that the file
// of the image could not be patched; zero: nobody entered the function.
func (p *Patcher) NotEntered(i Image, entered map[int]bool) (all []Unmarked) {
	hooked := make(map[int]bool)
	p.mu.Lock()
	for _, entry := range p.plans {
		if entry.plan != nil {
			for _, m := range entry.plan.Marked {
				hooked[m.Name] = hooked[m.Name] || m.Refused == nil
			}
		}
	}
	p.mu.Unlock()
	for name, text := range p.options.Marks {
		if !hooked[name] || entered[name] {
			continue
		}
		u := Unmarked{Name: text}
		for _, o := range p.inForce(i) {
			if slices.ContainsFunc(o.plan.Marked, func(m patch.Marked) bool { return m.Name == name }) {
				u.File, u.Cause = filepath.Base(o.path), o.whyNot()
			}
		}
		all = append(all, u)
	}
	return all
}
