//go:build linux && (amd64 || arm64)

package patcher

import (
	"encoding/binary"
	"slices"
	"sync"

	"heapprof/internal/profile"
	"heapprof/internal/tracker/patch"
	"heapprof/internal/tracker/shm"
	"heapprof/internal/tracker/wire"
)

// Answers are what one process image was answered when it asked what to patch, and what
// became of that.
type Answers struct {
	mu       sync.Mutex
	command  string
	outcomes []outcome
	unread   []unread
	began    map[fileKey]bool // the files that it had at its start

	at          int64 // where its last plan is in the shared memory, and
	bytes, room int64 // how long that is, and may become
}

// outcome is what became of the plan of a file in a process.
type outcome struct {
	path   string
	plan   *patch.Plan
	module int           // in the plan that the process was given; -1: it was not part of that
	cause  profile.Cause // why, where it had functions to patch
	code   uint32        // wire.Patched and so on; 0: the process did not come to it
}

// unread is a file of code that a process has mapped and that could not be looked at.
type unread struct {
	path  string // "": what is mapped is not known
	cause string
}

// addUnread adds a file, or all, that could not be looked at for some reason. An empty one is
// none.
func (a *Answers) addUnread(u unread) {
	if u.cause != "" && !slices.Contains(a.unread, u) {
		a.unread = append(a.unread, u)
	}
}

// AnswersTo returns what a process image that runs is answered, by its index in the process
// table.
func (p *Patcher) AnswersTo(index int) *Answers {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.answers[index] == nil {
		p.answers[index] = new(Answers)
	}
	return p.answers[index]
}

// Ended returns what a process image was answered that has ended, and gives back the memory
// of its plan soon: a build has thousands of processes. nil: it never asked.
func (p *Patcher) Ended(index int) *Answers {
	p.mu.Lock()
	a := p.answers[index]
	delete(p.answers, index)
	p.mu.Unlock()
	if a != nil {
		p.working.Go(func() {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.outcomes = a.settled(p.memory)
			a.discard(p.memory)
		})
	}
	return a
}

// Command returns the command line that the process image began with; empty where that is
// not known, as of one that never asked.
func (a *Answers) Command() string {
	if a == nil {
		return ""
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.command
}

// beganWith reports whether the process had a file at its start.
func (a *Answers) beganWith(file fileKey) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.began[file]
}

// add adds files of which there is something to tell.
func (a *Answers) add(all ...outcome) {
	for _, o := range all {
		if len(o.plan.Patches) > 0 || len(o.plan.Refused) > 0 || len(o.plan.Unseen) > 0 || len(o.plan.Partial) > 0 {
			a.outcomes = append(a.outcomes, o)
		}
	}
}

// give gives the process a plan, or sees to it that what the plan was for is known not to be
// patched.
func (a *Answers) give(m *shm.Memory, plan []byte) {
	err := a.write(m, plan)
	if err == nil {
		a.bytes = int64(len(plan))
		return
	}
	for i := range a.outcomes {
		if o := &a.outcomes[i]; o.module >= 0 {
			o.module, o.cause = -1, profile.Cause{Code: profile.PlanNotWritten, Detail: why(err)}
		}
	}
}

// write puts a plan into the shared memory: where the process had its last one, or
// behind everything else.
func (a *Answers) write(m *shm.Memory, plan []byte) error {
	if room := int64(mappedBytes(len(plan))); room > a.room {
		a.discard(m)
		at, err := m.Reserve(room)
		if err != nil {
			return err
		}
		a.at, a.room = at, room
	}
	_, err := m.WriteAt(plan, a.at)
	return err
}

// discard gives back the memory of the plan.
func (a *Answers) discard(m *shm.Memory) {
	if a.room > 0 {
		m.Discard(a.at, a.room)
		a.room = 0
	}
}

// settled returns the outcomes with what became of the last plan, as the shared memory tells:
// it may still change as long as the process runs and does not ask anew. Of a file that was
// planned for more than once, as one that is loaded again or that had no room at first, the
// last time counts.
func (a *Answers) settled(m *shm.Memory) (settled []outcome) {
	var module wire.PlanModule
	b := make([]byte, binary.Size(module))
	for _, o := range a.outcomes {
		if o.module >= 0 {
			at := a.at + int64(binary.Size(wire.Plan{})+o.module*len(b))
			if _, err := m.ReadAt(b, at); err == nil && a.bytes != 0 {
				binary.Decode(b, binary.LittleEndian, &module)
				o.code = module.Outcome
			}
			o.module = -1
		}
		i := slices.IndexFunc(settled, func(s outcome) bool { return s.path == o.path })
		switch {
		case o.code == wire.PatchNotAsked:
		case i < 0:
			settled = append(settled, o)
		case len(o.plan.Patches) > 0:
			settled[i] = o
		}
	}
	return settled
}

// unreadFiles returns what could not be looked at.
func (a *Answers) unreadFiles() []unread {
	if a == nil {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.unread)
}

// settledNow is settled of an image that may be answered at the same time; nil if there are
// no answers.
func (a *Answers) settledNow(m *shm.Memory) []outcome {
	if a == nil {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.settled(m)
}
