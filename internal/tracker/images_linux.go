//go:build linux && (amd64 || arm64)

package tracker

import (
	"sync"
)

// images collects the process images that end, and has the profiles of those
// that are wanted made, one at a time, beside the reader.
type images struct {
	options Options
	root    int // pid of the program that was started
	builder *builder
	result  *Result

	last *process // the root's latest image

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
	}
	if !m.options.Children || m.options.Finished == nil || !p.heap.Allocated() && !p.mapped.changed {
		return
	}
	m.working.Go(func() {
		m.building.Lock()
		defer m.building.Unlock()
		profile := m.builder.profile(p, unknownEnding)
		m.options.Finished(Image{Profile: profile, PID: p.pid, Number: p.number, Replaced: p.replaced()})
	})
}

// finish makes the profile of the root's last image, when everything has ended.
func (m *images) finish(unprofiled uint64) {
	m.working.Wait()
	m.result.Loaded = m.last != nil
	if m.last == nil {
		m.last = &process{identity: &identity{pid: m.root, pidfd: -1}, state: newState(), start: m.builder.clock.stamp}
	}
	m.result.Profile = m.builder.profile(m.last, ending{m.result.ExitCode, m.result.Signal, unprofiled})
}
