//go:build linux && (amd64 || arm64)

package patcher

import (
	"bytes"
	"encoding/binary"
	"os"
	"slices"
	"sync"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/tracker/patch"
	"heapprof/internal/tracker/shm"
	"heapprof/internal/tracker/undo"
	"heapprof/internal/tracker/wire"
)

// Answers are the plans that one process image was given when it asked what to patch, and
// what became of them.
type Answers struct {
	mu       sync.Mutex
	command  string
	outcomes []outcome
	unread   []unread
	began    map[fileKey]bool // the files that the process image had mapped at its start

	// running are changes that were made when the process ran already, one of each file, by where that is mapped.
	running map[uint64]undo.Change

	at    int64 // the offset of its last plan in the shared memory
	bytes int64 // the length of that plan
	room  int64 // how long a plan may be there
}

// outcome is what became of the plan for one file in one process image.
type outcome struct {
	path   string
	plan   *patch.Plan
	module int           // the file's index in the plan that the process was given; -1: it is not in that plan
	cause  profile.Cause // why it is not, though it has functions to patch
	result uint32        // what the process made of it, wire.Patched and so on; 0: it did not come to it

	codeAt, codeBytes uint64 // where in the process the code of the plan lies, if that is settled
}

// unread is a file of code that a process has mapped and that could not be read, so that it
// is not known whether it has an allocator.
type unread struct {
	path  string // "": it is not known which files are mapped
	cause string // in words
}

// addUnread adds a file that could not be read. One without a cause is not added.
func (a *Answers) addUnread(u unread) {
	if u.cause != "" && !slices.Contains(a.unread, u) {
		a.unread = append(a.unread, u)
	}
}

// AnswersTo returns the answers to a process image that runs, by its index in the process
// table.
func (p *Patcher) AnswersTo(index int) *Answers {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.answers[index] == nil {
		p.answers[index] = new(Answers)
	}
	return p.answers[index]
}

// Ended returns the answers to a process image that has ended, by its index in the process
// table; nil if it never asked. It gives the memory of its plan back soon, not only at the
// end of the recording: a build has thousands of processes.
func (p *Patcher) Ended(index int) *Answers {
	p.mu.Lock()
	a := p.answers[index]
	delete(p.answers, index)
	p.mu.Unlock()
	if a != nil {
		p.working.Go(func() {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.outcomes = a.settledLocked(p.memory)
			a.discard(p.memory)
		})
	}
	return a
}

// Command returns the command line that the process image began with. It is empty where
// that is not known, as of an image that never asked.
func (a *Answers) Command() string {
	if a == nil {
		return ""
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.command
}

// beganWith reports whether the process image had the file mapped at its start.
func (a *Answers) beganWith(file fileKey) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.began[file]
}

// isPatched reports whether the file was patched when the process ran already, and is to this day: the library
// that asks may not know of it yet. The caller holds a.mu.
func (a *Answers) isPatched(f procfs.File, proc procfs.Process) bool {
	change, ok := a.running[f.Start()]
	if !ok {
		return false
	}
	memory, err := os.Open(proc.Path("mem"))
	if err != nil {
		return false
	}
	defer memory.Close()
	there := make([]byte, len(change.New))
	_, err = memory.ReadAt(there, int64(change.At))
	return err == nil && bytes.Equal(there, change.New)
}

// addOutcomes adds the outcomes of those files in which there is something to hook, or
// something that cannot be hooked. The caller holds a.mu.
func (a *Answers) addOutcomes(all ...outcome) {
	for _, o := range all {
		if len(o.plan.Patches) > 0 || len(o.plan.Refused) > 0 || len(o.plan.Entered) > 0 || len(o.plan.Unseen) > 0 || len(o.plan.Partial) > 0 {
			a.outcomes = append(a.outcomes, o)
		}
	}
}

// give writes a plan where the process image finds it. If that fails, the outcomes of the
// files in the plan say so.
func (a *Answers) give(m *shm.Memory, plan []byte) {
	err := a.write(m, plan)
	if err == nil {
		a.bytes = int64(len(plan))
		return
	}
	a.failed(profile.Cause{Code: profile.PlanNotWritten, Detail: unreadCause(err)})
}

// failed has the outcomes of the files in the plan say why it is not given. The caller holds a.mu.
func (a *Answers) failed(why profile.Cause) {
	for i := range a.outcomes {
		if o := &a.outcomes[i]; o.module >= 0 {
			o.module, o.cause = -1, why
		}
	}
}

// write writes a plan into the shared memory: over the last plan of the process image, or
// at the end if it is longer.
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

// discard gives the memory of the plan back to the system.
func (a *Answers) discard(m *shm.Memory) {
	if a.room > 0 {
		m.Discard(a.at, a.room)
		a.room = 0
	}
}

// settledLocked returns the outcomes, with the results of the last plan as the process
// image has written them into the shared memory. These may change as long as it runs and
// does not ask again. Of several outcomes for one file, as of one that is loaded again or
// that had no room at first, only the last counts. The caller holds a.mu.
func (a *Answers) settledLocked(m *shm.Memory) (settled []outcome) {
	var module wire.PlanModule
	b := make([]byte, binary.Size(module))
	for _, o := range a.outcomes {
		if o.module >= 0 {
			at := a.at + int64(binary.Size(wire.Plan{})+o.module*len(b))
			if _, err := m.ReadAt(b, at); err == nil && a.bytes != 0 {
				binary.Decode(b, binary.LittleEndian, &module)
				o.result = module.Outcome
				o.codeAt, o.codeBytes = module.CodeAt, uint64(module.CodeBytes)
			}
			o.module = -1
		}
		i := slices.IndexFunc(settled, func(s outcome) bool { return s.path == o.path })
		switch {
		case o.result == wire.PatchNotAsked:
		case i < 0:
			settled = append(settled, o)
		case len(o.plan.Patches) > 0:
			settled[i] = o
		}
	}
	return settled
}

// unreadFiles returns the files that could not be read; nil for nil Answers.
func (a *Answers) unreadFiles() []unread {
	if a == nil {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.unread)
}

// settled returns the outcomes with the results of the last plan; nil for nil Answers.
func (a *Answers) settled(m *shm.Memory) []outcome {
	if a == nil {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.settledLocked(m)
}
