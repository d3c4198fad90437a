//go:build linux && (amd64 || arm64)

package tracker

import (
	"fmt"
	"heapprof/internal/profile"
	"heapprof/internal/tracker/replay"
	"sync"

	"heapprof/internal/tracker/launch"
)

// images collects the process images that end, and has the profiles of those
// that are wanted made, one at a time, beside the reader.
type images struct {
	options Options
	root    int // pid of the program that was started
	builder *builder
	result  *Result

	last *process   // the root's latest image
	user int        // whose the root was at its end; -1: not known
	lost executions // begun by forked children, and not recorded

	working  sync.WaitGroup
	building sync.Mutex
}

// add takes an image that has ended. It is called by the reader and must not wait.
func (m *images) add(p *process) {
	if p.runsIn(m.root) {
		// Which one is the last will only be known when the program has ended.
		if p, m.last = m.last, p; p == nil {
			return
		}
		m.result.Replaced = append(m.result.Replaced, p.program())
		m.result.Last = m.last.program()
		if p.becomes != nil && !p.becomes.noticed && p.becomes.named() && !m.last.loads(p.becomes.path) && !launch.IsLoader(p.becomes.path) {
			m.result.Last = p.becomes.path
		}
	} else if p.becomes != nil && p.successor == nil {
		e := *p.becomes
		e.alone = p.proc != 0 // else the image that followed it may not be known for that
		m.lost.add(e)
	}
	if !m.options.Children || m.options.Finished == nil || !p.Heap.Allocated() && !p.Mapped.Changed() {
		return
	}
	m.working.Go(func() {
		p.settle()
		m.building.Lock()
		defer m.building.Unlock()
		profile := m.builder.profile(p, unknownEnding)
		m.options.Finished(Image{Profile: profile, PID: p.pid, Number: p.number, Replaced: p.replaced()})
	})
}

// finish makes the profile of the root's last image, when everything has ended. executed
// are the programs that children began which have no image.
func (m *images) finish(unprofiled uint64, executed executions) {
	m.working.Wait()
	m.result.Loaded = m.last != nil
	if m.last == nil {
		m.last = &process{identity: &identity{pid: m.root, pidfd: -1}, State: replay.NewState(), start: m.builder.clock.Stamp}
	}
	e := ending{m.result.ExitCode, m.result.Signal, unprofiled}
	if next := m.last.becomes; next != nil {
		// The exit status is not that of the profile's program.
		e = ending{exitCode: unknownEnding.exitCode, unprofiled: unprofiled}
		next.alone = true
		m.result.Last, m.result.LastUnseen = next.path, next.whyLost(m.user)
	}
	m.result.Profile = m.builder.profile(m.last, e)
	if m.result.LastUnseen != "" {
		x := m.result.Profile.Recording
		x.Notes = append(profile.Words(fmt.Sprintf("%s, which took this program's place by exec, was not recorded: it %s", m.result.Last, m.result.LastUnseen)), x.Notes...)
	}
	if m.options.Children {
		m.result.Unrecorded = append(executed.unseen(func(e execution) string { return e.whyUnseen() }),
			m.lost.unseen(func(e execution) string { return e.whyLost(-1) })...)
	}
}
