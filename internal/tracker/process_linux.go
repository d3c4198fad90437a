//go:build linux && (amd64 || arm64)

package tracker

import (
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"heapprof/internal/symbol"
	"heapprof/internal/tracker/heap"
	"heapprof/internal/tracker/wire"
)

// process is one process image: it ends with its process or with an exec.
type process struct {
	slot    *wire.Process
	index   int // in the process table
	reader  *reader
	pid     int
	number  int    // of this image in its process, from 0 on
	command string // its arguments, as far as /proc told them
	start   uint64 // stamp
	ended   uint64 // stamp; 0 while it runs
	pidfd   int    // -1: could not be opened

	replaced bool // by another image in its process

	anonymous uint64       // the most anonymous memory that was seen in RAM, in bytes
	known     anonymousUse // what of that is no heap, when it was last looked at
	looked    uint64       // how much anonymous memory there was then
	threads   uint64       // the most at the same time that allocated

	arrived []module // since early last saw them

	*state // nil until its first event

	damagedRings uint64
}

// state is what a process has allocated and through which stacks. A forked
// child begins with a copy of its parent's.
type state struct {
	heap    *heap.Heap
	mapped  *mapped
	stacks  *stacks
	modules map[uint16]module

	handed int // stacks up to here were handed to be named early

	origin *process // the image whose patches are in force: itself, or the one that it was forked from; nil: not known
}

// programModule is the number of the executable: the loader lists it first.
const programModule = 0

// module is a file mapped into the process.
type module struct {
	path, buildID    string // buildID as bytes
	start, end, bias uint64
	pid              int  // of a process that has it mapped, or had
	program          bool // whether it is the one that the process runs
	past             bool // whether it allocates past the tracker library
}

// open opens the file to have its addresses named. What another file has replaced
// by then, or what is found in the process's own root only, can be opened as long
// as the process runs.
func (m module) open(r *symbol.Resolver) (*symbol.Module, error) {
	process := fmt.Sprintf("/proc/%d", m.pid)
	elsewhere := []string{process + "/root" + m.path}
	if m.program {
		elsewhere = append(elsewhere, process+"/exe")
	}
	return r.Open(m.path, hex.EncodeToString([]byte(m.buildID)), elsewhere...)
}

// withoutDeleted returns the path that a link in /proc names, without what the
// kernel adds to it if no file has that name any more, or another one.
func withoutDeleted(path string) string {
	if name, cut := strings.CutSuffix(path, deletedSuffix); cut {
		if _, err := os.Lstat(path); err != nil {
			return name
		}
	}
	return path
}

const deletedSuffix = " (deleted)"

func newState() *state {
	return &state{heap: heap.New(heap.Options{}), mapped: newMapped(), stacks: newStacks(), modules: make(map[uint16]module), handed: int(rootCount)}
}

// clone is what a child begins with that was forked at the moment stamp.
func (s *state) clone(stamp uint64) *state {
	return &state{heap: s.heap.Clone(stamp), mapped: s.mapped.clone(stamp), stacks: s.stacks.clone(), modules: maps.Clone(s.modules), handed: s.handed, origin: s.origin}
}

func newProcess(index int, slot *wire.Process, r *reader) *process {
	p := &process{index: index, slot: slot, reader: r, pid: int(slot.PID), start: slot.Start}
	if line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", p.pid)); err == nil {
		p.command = strings.ReplaceAll(strings.TrimRight(string(line), "\x00"), "\x00", " ")
	}
	fd, err := unix.PidfdOpen(p.pid, 0)
	if err != nil {
		fd = -1
	}
	p.pidfd = fd
	return p
}

// hasEnded asks the kernel. It answers for processes that are not children, too.
func (p *process) hasEnded() bool {
	if p.pidfd < 0 {
		return unix.Kill(p.pid, 0) == unix.ESRCH
	}
	n, err := unix.Poll([]unix.PollFd{{Fd: int32(p.pidfd), Events: unix.POLLIN}}, 0)
	return err == nil && n > 0
}

// end marks the image as ended at the moment stamp.
func (p *process) end(stamp uint64) {
	if p.ended == 0 {
		p.ended = max(stamp, 1)
		p.reader.ending = append(p.reader.ending, p)
		if p.pidfd >= 0 {
			unix.Close(p.pidfd)
			p.pidfd = -1
		}
	}
}

// program is the path of the executable.
func (p *process) program() string {
	return p.modules[programModule].path
}

// lost counts what the library says it did not record.
func (p *process) lost() uint64 { return p.slot.Lost + p.damagedRings }
