//go:build linux && (amd64 || arm64)

package patcher

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/tracker/patch"
	"heapprof/internal/tracker/undo"
	"heapprof/internal/tracker/wire"
)

// request is what a process image asks a plan for: the files that have anything mapped
// between two addresses, both included.
type request struct {
	proc     procfs.Process
	from, to uint64
	late     bool     // whether the program runs already
	names    []string // the files' paths in the process's root; none: not known
}

// newRequest reads the request of a process image from its entry in the process table.
func newRequest(slot *wire.Process, proc procfs.Process) request {
	r := request{proc: proc, from: slot.PlanFrom, to: slot.PlanTo, late: slot.PlanFrom != 0}
	names := slot.Names[:min(slot.NamesBytes, wire.MaxNames)]
	for name := range bytes.SplitSeq(bytes.TrimSuffix(names, []byte{0}), []byte{0}) {
		r.names = append(r.names, string(name))
	}
	if len(names) == 0 {
		r.names = nil
	}
	return r
}

func (r *request) when() moment {
	if r.late {
		return late
	}
	return atStart
}

// plan returns the encoded plan for a request; nil if there is nothing to patch. It adds
// what it found to the answers, whose mutex the caller holds.
func (p *Patcher) plan(a *Answers, r request) []byte {
	if !r.late {
		arguments, _ := r.proc.Arguments() // it waits, and may end before anybody else looks
		a.command = strings.Join(arguments, " ")
	}
	if p.isIdle(a, r) {
		return nil
	}
	all, err := r.proc.Maps()
	if err != nil {
		a.addUnread(unread{cause: unreadCause(err)})
		return nil
	}
	var codes []*hookCode
	var modules []wire.PlanModule
	var plans []*patch.Plan
	var names []string // of their files
	files := procfs.Files(all)
	if !r.late {
		a.began = make(map[fileKey]bool)
		for _, f := range files {
			if key, ok := keyOf(f.PathFrom(r.proc)); ok {
				a.began[key] = true
			}
		}
	}
	files = slices.DeleteFunc(files, func(f procfs.File) bool {
		return f.Path == p.options.Library || f.Start() > r.to || f.End() <= r.from || a.isPatched(f, r.proc)
	})
	paths := make([]string, len(files))
	for i, f := range files {
		paths[i] = f.PathFrom(r.proc)
	}
	p.planFiles(paths, r.when())
	for i, f := range files {
		path := paths[i]
		plan, cause := p.planFile(path, r.when())
		if f.HasCode() {
			a.addUnread(unread{f.Path, cause})
		}
		if plan == nil || plan.Machine != p.options.Machine {
			continue
		}
		if name := procfs.WithoutDeleted(f.Path); r.late || name != f.Path {
			p.openWhileItWaits(name, plan, path)
		}
		plans, names = append(plans, plan), append(names, filepath.Base(procfs.WithoutDeleted(f.Path)))
		o := outcome{path: f.Path, plan: plan, module: -1}
		if len(plan.Patches) > 0 {
			module, code, cause := p.placeHooks(f, plan, all, r)
			if o.cause = cause; cause.IsZero() {
				o.module = len(modules)
				modules, codes = append(modules, module), append(codes, code)
				all = withCode(all, code)
			}
		}
		a.addOutcomes(o)
	}
	p.warn(names, plans)
	if len(modules) == 0 || !p.note(a, r.proc, codes) {
		return nil
	}
	return encodePlan(modules, codes)
}

// warn tells, once, which functions were asked for and are in none of the plans of the first process. names are the names
// of the plans' files.
func (p *Patcher) warn(names []string, plans []*patch.Plan) {
	p.warned.Do(func() {
		if unhooked := p.unhooked(names, plans); unhooked != nil && p.options.Unhooked != nil {
			p.options.Unhooked(unhooked)
		}
		if missing := patch.Missing(p.options.Functions, plans...); missing != nil && p.options.Missing != nil {
			p.options.Missing(missing)
		}
	})
}

// note has it noted what a process is to change of itself, where that is to be undone. If it cannot be, the
// outcomes say so, and it reports false.
func (p *Patcher) note(a *Answers, proc procfs.Process, codes []*hookCode) bool {
	if p.options.Undo == nil {
		return true
	}
	var changes []undo.Change
	for _, c := range codes {
		changes = append(changes, c.changes()...)
	}
	err := p.options.Undo(proc, changes)
	if err == nil {
		return true
	}
	a.failed(profile.Cause{Code: profile.NotNoted, Detail: err.Error()})
	return false
}

// openWhileItWaits opens a mapped file, while its process waits for the plan, to name its
// addresses later: the file may have no name, or the process may delete it as soon as it
// has loaded it, and once the process has ended nothing leads to it any more. name is the
// file's name in the process and path a path to it from here.
func (p *Patcher) openWhileItWaits(name string, plan *patch.Plan, path string) {
	_, _ = p.resolver.Open(name, plan.File.BuildID, path)
}

// isIdle reports whether the request names its files and none of them has anything to
// patch, so that it need not be looked up where each lies among the hundreds that a process
// may have mapped. Most libraries have nothing. It reports false for names in /proc, as
// they mean other files here.
func (p *Patcher) isIdle(a *Answers, r request) bool {
	if slices.ContainsFunc(r.names, procfs.Contains) {
		return false
	}
	paths := make([]string, len(r.names))
	for i, name := range r.names {
		paths[i] = r.proc.InRoot(name)
	}
	p.planFiles(paths, r.when())
	var found []outcome
	for i, name := range r.names {
		path := paths[i]
		plan, _ := p.planFile(path, r.when()) // why it has none is told where all files are looked at
		if plan == nil || plan.Machine != p.options.Machine || len(plan.Patches) > 0 {
			return false
		}
		if r.late {
			p.openWhileItWaits(name, plan, path)
		}
		found = append(found, outcome{path: name, plan: plan, module: -1})
	}
	a.addOutcomes(found...)
	return len(r.names) > 0
}
