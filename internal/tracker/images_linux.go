//go:build linux && (amd64 || arm64)

package tracker

import (
	"sync"

	"heapprof/internal/profile"
	"heapprof/internal/tracker/launch"
	"heapprof/internal/tracker/patcher"
	"heapprof/internal/tracker/replay"
)

// images collects the images that end, and has the profiles made of those that are wanted,
// one at a time, beside the Reader.
type images struct {
	options Options
	root    int // pid of the program that was started
	builder *builder
	result  *Result

	last    *replay.Image     // the root's latest image
	answers *patcher.Answers  // that its process was given
	made    recorded          // what the result's profile was made of
	user    int               // whose the root was at its end; -1: not known
	lost    replay.Executions // begun by forked children, and not recorded

	working  sync.WaitGroup
	building sync.Mutex
}

// add takes an image that has ended, and the answers to it. It is called by the Reader and
// must not wait.
func (m *images) add(p *replay.Image, answers *patcher.Answers) {
	if p.RunsIn(m.root) {
		// Which one is the last will only be known when the program has ended.
		p, m.last = m.last, p
		if answers, m.answers = m.answers, answers; p == nil {
			return
		}
		m.result.Replaced = append(m.result.Replaced, p.ProgramPath())
		m.result.Last = m.last.ProgramPath()
		if p.Becomes != nil && !p.Becomes.Noticed && p.Becomes.IsNamed() && !m.last.Loads(p.Becomes.Path) && !launch.IsLoader(p.Becomes.Path) {
			m.result.Last = p.Becomes.Path
		}
	} else if p.Becomes != nil && !p.HasSuccessor() {
		e := *p.Becomes
		e.Alone = p.Proc != 0 // else the image that followed it may not be known for that
		m.lost.Add(e)
	}
	if !m.options.Children || m.options.Finished == nil || !p.Allocated() && !p.AddressSpace.Changed() {
		return
	}
	m.working.Go(func() {
		r := recorded{p.Finish(), answers}
		m.building.Lock()
		defer m.building.Unlock()
		profile := m.builder.profile(r, unknownEnding)
		m.options.Finished(Image{Profile: profile, PID: p.PID, Number: p.Number, Replaced: p.IsReplaced()})
	})
}

// finish makes the profile of the root's last image, when everything has ended. executed
// are the programs that children began which have no image.
func (m *images) finish(unprofiled uint64, executed replay.Executions) {
	m.working.Wait()
	m.result.Loaded = m.last != nil
	if m.last == nil {
		m.last = replay.NewImage(m.root, m.builder.clock.Stamp)
	}
	e := ending{m.result.ExitCode, m.result.Signal, unprofiled}
	if m.last.Becomes != nil {
		// The exit status is not that of the profile's program.
		e = ending{exitCode: unknownEnding.exitCode, unprofiled: unprofiled}
		next := *m.last.Becomes
		next.Alone = true
		m.result.Last, m.result.LastUnrecorded = next.Path, whyNotRecorded(next, m.user)
	}
	m.made = recorded{m.last.Finish(), m.answers}
	m.result.Profile = m.builder.profile(m.made, e)
	if why := m.result.LastUnrecorded; !why.IsZero() {
		r := m.result.Profile.Recording
		r.Notes = append(r.Notes, profile.Note{Code: profile.ExecNotRecorded, Files: []string{m.result.Last}, Causes: []profile.Cause{why}})
	}
	if m.options.Children {
		m.result.Unrecorded = append(unrecorded(executed, whyNotRecordable),
			unrecorded(m.lost, func(e replay.Execution) profile.Cause { return whyNotRecorded(e, -1) })...)
	}
}
