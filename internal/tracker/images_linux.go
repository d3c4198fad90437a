//go:build linux && (amd64 || arm64)

package tracker

import (
	"sync"
	"sync/atomic"
	"time"

	"heapprof/internal/profile"
	"heapprof/internal/tracker/launch"
	"heapprof/internal/tracker/naming"
	"heapprof/internal/tracker/patcher"
	"heapprof/internal/tracker/replay"
)

// images collects the images that end, and has the profiles made of those that are wanted,
// one at a time, beside the Reader.
type images struct {
	options Options
	root    int // pid of the program that was started
	builder *builder
	early   *naming.Early
	parking *parking
	result  *Result

	last    *replay.Image    // the root's latest image
	answers *patcher.Answers // that its process was given
	main    recorded         // what the result's profile was made of
	user    int              // whose the root was at its end; -1: not known
	cpu     time.Duration    // the root's, as in launch.Ending

	outOfMemory *profile.OutOfMemory // of the root, as in Recording

	lost replay.Executions // begun by forked children, and not recorded

	visited bool        // the root ran already, and matters more than all others
	cut     atomic.Bool // the recording ends before what is recorded does

	ended sync.Map // indices of the images that have ended: true

	working  sync.WaitGroup
	choosing sync.Mutex // guards chosen and result.Others
	chosen   chosen
	building sync.Mutex
}

func newImages(o Options, r *recording) *images {
	m := &images{options: o, root: r.root.PID, visited: r.visit != nil, builder: r.builder, early: r.early, parking: r.parking, result: r.result, lost: make(replay.Executions)}
	m.chosen.most = 1 // with AllChildren the profiles of the others are made at once
	if o.Children == MainChildren {
		m.chosen.most = mostProfiles
	}
	m.chosen.started = o.Started
	return m
}

// add takes an image that has ended, and the answers to it. It is called by the Reader and
// must not wait.
func (m *images) add(p *replay.Image, answers *patcher.Answers) {
	m.ended.Store(p.Index, true)
	if p.RunsIn(m.root) {
		// Which one is the last will only be known when the program has ended.
		p, m.last = m.last, p
		if answers, m.answers = m.answers, answers; p == nil {
			return
		}
		m.result.Earlier = append(m.result.Earlier, p.ProgramPath())
		m.result.Last = m.last.ProgramPath()
		if p.Becomes != nil && !p.Becomes.Noticed && p.Becomes.IsNamed() && !m.last.Loads(p.Becomes.Path) && !launch.IsLoader(p.Becomes.Path) {
			m.result.Last = p.Becomes.Path
		}
	} else if p.Becomes != nil && !p.HasSuccessor() {
		e := *p.Becomes
		e.Alone = p.Proc != 0 // else the image that followed it may not be known for that
		m.lost.Add(e)
	}
	if m.isWanted(p) {
		m.early.Open(p.TakeArrived()) // its files may be gone when its profile is made
		m.working.Go(func() { m.choose(p, answers) })
		return
	}
	kept := m.parking.take(p.Index)
	kept.close()
	m.builder.naming.Made.Forget(p.Facts)
}

// hasEnded reports whether the image at an index of the process table has ended.
func (m *images) hasEnded(index int) bool {
	_, ok := m.ended.Load(index)
	return ok
}

// isWanted reports whether an image that is not the root's last one is to be looked at.
func (m *images) isWanted(p *replay.Image) bool {
	if m.options.OnlyCalled && p.EventCalls() == 0 {
		return false
	}
	switch m.options.Children {
	case MainChildren:
		return p.Allocated() || p.EventCalls() > 0
	case AllChildren:
		return p.Allocated() || p.EventCalls() > 0 || p.AddressSpace.Changed()
	}
	return false
}

// choose decides what becomes of an image that has ended. Where it does not matter, not even
// its blocks are gone through.
func (m *images) choose(p *replay.Image, answers *patcher.Answers) {
	own, program := p.Own(), p.ProgramPath()
	if m.options.Children == MainChildren {
		m.choosing.Lock()
		defer m.choosing.Unlock()
		if !m.chosen.wants(own.Peak) {
			m.result.Others.count(p.Facts, program, own, p.IsReplaced(), p.EventCalls())
			kept := m.parking.take(p.Index)
			kept.close()
			m.builder.naming.Made.Forget(p.Facts)
			return
		}
	}
	m.take(&candidate{own: own, number: p.Number, gone: p.IsReplaced(), ending: unknownEnding, recorded: recorded{Snapshot: p.Finish(), answers: answers, kept: m.parking.take(p.Index), dump: m.dumpOf(p, p.LivesOn)}})
}

// dumpOf returns why the profile of an image is a dump's that would have run on; nil if it is none.
func (m *images) dumpOf(p *replay.Image, runsOn bool) *profile.Dump {
	if !runsOn || !m.cut.Load() || p.Becomes != nil {
		return nil
	}
	return liveDump()
}

// take takes a candidate among those that matter, and has done with the others. With
// MainChildren, choosing is held, or nobody else chooses any more.
func (m *images) take(c *candidate) {
	if m.options.Children == MainChildren {
		for _, c := range m.chosen.add(c) {
			m.result.Others.count(c.Facts, c.ProgramPath(), c.own, c.gone, replay.EventCalls(c.Events))
			c.kept.close()
			m.builder.naming.Made.Forget(c.Facts)
		}
		m.chosen.limitKept(m.options.Retained.memory())
		return
	}
	m.choosing.Lock()
	left := m.chosen.add(c)
	m.choosing.Unlock()
	m.building.Lock()
	defer m.building.Unlock()
	for _, c := range left {
		m.options.Finished(m.build(c))
	}
}

// build makes the profile of a candidate.
func (m *images) build(c *candidate) Image {
	image := Image{
		Profile: m.builder.profile(c.recorded, c.ending), PID: c.PID, Number: c.number,
		Started: c.start, Forked: c.Parent >= 0, Replaced: c.gone, LivesOn: c.LivesOn,
	}
	if n := len(m.options.Events); n > 0 {
		image.Events, image.Called = m.builder.callProfile(c.recorded, image.Profile, eventCalls(n), n)
	}
	if m.options.Copies && m.builder.patcher.EntersLibc(c.patched(0)) {
		image.Copies, _ = m.builder.callProfile(c.recorded, image.Profile, copies(len(m.options.Events)), 0)
	}
	m.builder.naming.Made.Forget(c.Facts)
	return image
}

// finish makes the profile that the result has, and those of others that matter, when
// everything has ended, the program at that stamp. executed are the programs that children began which have no image.
func (m *images) finish(end, unprofiled uint64, executed replay.Executions) {
	m.working.Wait()
	m.result.Loaded = m.last != nil
	if m.last == nil {
		m.last = replay.NewImage(m.root, m.builder.clock.Stamp)
	}
	e := ending{exitCode: m.result.ExitCode, signal: m.result.Signal, cpu: m.cpu, outOfMemory: m.outOfMemory}
	if m.last.Becomes != nil && !m.visited {
		// The exit status is not that of the profile's program.
		e = unknownEnding
		next := *m.last.Becomes
		next.Alone = true
		m.result.Last, m.result.LastUnrecorded = next.Path, whyNotRecorded(next, m.user)
	}
	if last := m.last; m.isWanted(last) || len(m.chosen.all) == 0 {
		m.take(&candidate{own: last.Own(), number: last.Number, start: true, first: m.visited, ending: e, recorded: recorded{Snapshot: last.Finish(), answers: m.answers, kept: m.parking.take(last.Index), dump: m.dumpOf(last, last.End < end)}})
	}

	main := m.chosen.all[0]
	main.ending.unprofiled = unprofiled
	m.main = main.recorded
	m.result.Image = m.build(main)
	if m.options.Children != NoChildren {
		m.result.Unrecorded = append(unrecorded(executed, whyNotRecordable),
			unrecorded(m.lost, func(e replay.Execution) profile.Cause { return whyNotRecorded(e, -1) })...)
	}
	if why := m.result.LastUnrecorded; !why.IsZero() {
		m.noteUnrecorded(why, main.start)
	}
	for _, c := range m.chosen.all[1:] {
		m.options.Finished(m.build(c))
	}
}

// noteUnrecorded notes why the started process's last program was not recorded: in the
// profile of the one before it, where that is the result's.
func (m *images) noteUnrecorded(why profile.Cause, started bool) {
	if r := m.result.Profile.Recording; started {
		r.Notes = append(r.Notes, profile.Note{Code: profile.ExecNotRecorded, Files: []string{m.result.Last}, Causes: []profile.Cause{why}})
		return
	}
	m.result.Unrecorded = append(m.result.Unrecorded, Unrecorded{Program: m.result.Last, Cause: why, Times: 1})
}
