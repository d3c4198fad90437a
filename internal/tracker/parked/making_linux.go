//go:build linux && (amd64 || arm64)

package parked

import (
	"os"
	"strconv"
	"time"

	"heapprof/internal/procfs"
	"heapprof/internal/tracker/halt"

	"golang.org/x/sys/unix"
)

// making is the work of copying a process, which is stopped.
type making struct {
	stopped     *halt.Stopped
	threads     []*halt.Thread
	signals     map[int]uint64 // where threads have stacks for signals, by their numbers
	own         bool           // whether the process is a child of this one
	lent        halt.Lent      // what a thread is in while it makes system calls
	instruction uint64         // of a system call

	parked *halt.Thread // the copy
	ended  []int        // copies that were made in vain
	stamp  uint64
	cpu    time.Duration
}

// What clone(2) is asked for. All that is made is traced from its first moment on.
const (
	// The helper has no memory of its own, so that making it takes no time.
	helperFlags = unix.CLONE_VM | unix.CLONE_FILES | unix.CLONE_PTRACE

	// Neither the copy has descriptors of its own: as long as it has none, no file is held open, and none is
	// closed, which would have effects of its own on some. No signal tells of its end.
	copyFlags = unix.CLONE_FILES | unix.CLONE_PTRACE | unix.CLONE_PARENT
)

const (
	closeRangeUnshare = 2          // CLOSE_RANGE_UNSHARE
	wclone            = 0x80000000 // __WCLONE: children of whose end no signal tells

	copyWithin  = time.Second // and as much more for each GiB: it takes a tenth of that
	closeWithin = time.Second
)

// run makes the copy. All threads stand as they stood afterwards.
func (m *making) run(c *Copier) error {
	borrowed, err := m.stopped.Caller(c.filters)
	if err != nil {
		return err
	}
	if m.instruction = m.lent.Code(); m.instruction == 0 {
		if m.instruction, err = m.stopped.Instruction(); err != nil {
			return err
		}
	}
	helper, err := m.makeHelper(borrowed)
	if err != nil {
		return err
	}
	m.stamp = c.options.Stamp()
	if m.parked, err = m.makeCopy(helper); err == nil {
		err = m.completeCopy(helper)
	}
	m.cpu = helper.End()
	if err == nil {
		err = m.park()
	}
	if err == nil {
		m.readSignalStacks(c.filters)
	}
	if err != nil && m.parked != nil {
		m.parked.End()
	}
	if !m.own {
		m.letGo(c, borrowed, helper)
	}
	return err
}

// makeHelper has a thread of the process clone a process that shares its memory, and makes the thread what it was.
func (m *making) makeHelper(borrowed *halt.Thread) (*halt.Thread, error) {
	var helper *halt.Thread
	err := borrowed.Borrow(m.lent, func() error {
		flags := uint64(helperFlags)
		if m.own {
			flags |= unix.CLONE_PARENT
		}
		var stack uint64 // by which the code that is lent tells the helper from the thread
		if m.lent.Code() != 0 {
			stack = 1
		}
		id, err := borrowed.Call(m.instruction, unix.SYS_CLONE, flags, stack)
		if err != nil {
			return err
		}
		helper = &halt.Thread{ID: int(id)}
		// From here on it does not outlive this process, nor does what it makes.
		return helper.Begin(unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_EXITKILL)
	})
	if err != nil && helper != nil {
		helper.End()
	}
	return helper, err
}

// registers returns what the threads were.
func (m *making) registers() (list []Thread) {
	for _, t := range m.threads {
		list = append(list, Thread{ID: t.ID, Registers: t.Registers(), SignalStack: m.signals[t.ID]})
	}
	return list
}

// makeCopy has the helper make the copy.
func (m *making) makeCopy(helper *halt.Thread) (*halt.Thread, error) {
	memory, _ := m.stopped.Memory().Memory()
	limit := copyWithin + time.Duration(memory.Resident>>20)*copyWithin/1024
	var id uint64
	err := helper.Within(limit, func() (err error) {
		id, err = helper.Call(m.instruction, unix.SYS_CLONE, copyFlags)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &halt.Thread{ID: int(id)}, nil
}

// park takes from the copy what it shares with the process, so that pipes get their end, and takes it out of the
// process's session and group, which are sent signals and are waited for as a whole.
func (m *making) park() error {
	return m.parked.Within(closeWithin, func() error {
		if err := m.parked.Begin(unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_EXITKILL); err != nil {
			return err
		}
		if _, err := m.parked.Call(m.instruction, unix.SYS_CLOSE_RANGE, 0, 1<<32-1, closeRangeUnshare); err != nil {
			if err := m.closeEach(); err != nil {
				return err
			}
		}
		// Where memory runs out the copy is to go, not the program.
		_ = os.WriteFile(procfs.Process(m.parked.ID).Path("oom_score_adj"), []byte("1000"), 0) // no worse than a copy as large as the program
		_, err := m.parked.Call(m.instruction, unix.SYS_SETSID)
		return err
	})
}

// closeEach closes the copy's descriptors one by one, for Linux before 5.9.
func (m *making) closeEach() error {
	if _, err := m.parked.Call(m.instruction, unix.SYS_UNSHARE, unix.CLONE_FILES); err != nil {
		return err
	}
	descriptors, err := os.ReadDir(procfs.Process(m.parked.ID).Path("fd"))
	if err != nil {
		return err
	}
	for _, d := range descriptors {
		if n, err := strconv.ParseUint(d.Name(), 10, 31); err == nil {
			_, _ = m.parked.Call(m.instruction, unix.SYS_CLOSE, n) // it is closed even if that fails
		}
	}
	return nil
}

// letGo has the process let go of helpers and copies that have ended and were its children, though such of whose end
// nothing tells it. Those that it does not let go of remain until it ends, as zombies.
func (m *making) letGo(c *Copier, borrowed, helper *halt.Thread) {
	ended := append(c.takeLeft(int(m.stopped.Process())), helper.ID)
	ended = append(ended, m.ended...)
	_ = borrowed.Borrow(m.lent, func() error {
		for _, id := range ended {
			if _, err := borrowed.Call(m.instruction, unix.SYS_WAIT4, uint64(id), 0, wclone|unix.WNOHANG, 0); err == unix.ESRCH {
				return err
			}
		}
		return nil
	})
}
