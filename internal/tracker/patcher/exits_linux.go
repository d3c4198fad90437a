//go:build linux && (amd64 || arm64)

package patcher

import (
	"slices"

	"heapprof/internal/profile"
	"heapprof/internal/tracker/patch"
	"heapprof/internal/tracker/wire"
)

// exitName is the function that almost every program ends by.
const exitName = "exit"

// WhyExitIsNotHooked returns why a process image does not wait at its exit, where
// Options.Exits asks for that. There is no cause if it does.
func (p *Patcher) WhyExitIsNotHooked(i Image) profile.Cause {
	if p.options.Off {
		return profile.Cause{Code: profile.PatchingSwitchedOff}
	}
	for _, o := range p.inForce(i) {
		for _, r := range o.plan.Exits {
			if r.Name == exitName || slices.Contains(r.Aliases, exitName) {
				return r.Reason.Noted()
			}
		}
		isExit := func(q patch.Patch) bool {
			return q.Call.Action == wire.ActionExit && (q.Name == exitName || slices.Contains(q.Aliases, exitName))
		}
		if slices.ContainsFunc(o.plan.Patches, isExit) {
			return o.whyNot()
		}
	}
	return profile.Cause{Code: profile.CodeUnknown}
}
