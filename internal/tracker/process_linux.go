//go:build linux && (amd64 || arm64)

package tracker

import (
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path"
	"strings"

	"heapprof/internal/symbol"
	"heapprof/internal/tracker/heap"
	"heapprof/internal/tracker/wire"
)

// process is one process image: it ends with its process or with an exec.
type process struct {
	index  int // in the process table
	reader *reader
	*identity
	number  int    // of this image in its process, from 0 on
	command string // its arguments, as far as /proc told them
	parent  int    // index in the process table; -1: it was not forked
	forking uint32 // number of the fork that it comes of; 0: that was not announced
	start   uint64 // stamp
	ended   uint64 // stamp; 0 while it runs

	becomes   *execution // what it is about to run in its place, or has begun to; nil: nothing
	runs      [2]uint64  // the device and inode of the file that it ran when that was last looked at
	successor *process   // the image that goes on in its process
	lostCalls uint64     // that the library counted, once it has ended
	unplaced  uint64     // modules that it had no place for
	deepest   uint64     // frames of the deepest stack that was cut, as in dhat.Extra
	told      *told      // likewise; nil: it has never asked for a plan

	anonymous uint64       // the most anonymous memory that was seen in RAM, in bytes
	known     anonymousUse // what of that is no heap, when it was last looked at
	looked    uint64       // how much anonymous memory there was then
	threads   uint64       // the most at the same time that allocated

	arrived []module // since early last saw them

	*state               // nil until its first event
	account *heap.Result // what settle made of the heap

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

	origin *told // whose patches are in force: its own, or those of the program that it was forked from; nil: not known
}

// programModule is the number of the executable: the loader lists it first.
const programModule = 0

// module is a file mapped into the process.
type module struct {
	path, buildID    string // buildID as bytes
	start, end, bias uint64
	proc             int  // directory in /proc of a process that has it mapped, or had; 0: not known
	program          bool // whether it is the one that the process runs
	past             bool // whether it allocates past the tracker library
}

// open opens the file to have its addresses named. What another file has replaced
// by then, or what is found in the process's own root only, can be opened as long
// as the process runs.
func (m module) open(r *symbol.Resolver) (*symbol.Module, error) {
	var elsewhere []string
	if m.proc != 0 {
		process := fmt.Sprintf("/proc/%d", m.proc)
		elsewhere = append(elsewhere, process+"/root"+m.path)
		if m.program {
			elsewhere = append(elsewhere, process+"/exe")
		}
	}
	buildID := hex.EncodeToString([]byte(m.buildID))
	file, err := r.Open(m.path, buildID, elsewhere...)
	if err != nil && m.proc != 0 && (buildID != "" || !strings.HasPrefix(m.path, memoryFile)) {
		// No file has the name any more, or never had.
		file, err = r.Open(m.path, buildID, heldFiles(m.proc, m.start)...)
	}
	return file, err
}

// memoryFile begins what the kernel calls a file of memfd_create, of which several
// may have one name.
const memoryFile = "/memfd:"

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

func newProcess(index int, slot *wire.Process, id *identity, r *reader) *process {
	p := &process{index: index, reader: r, identity: id, parent: int(slot.Parent) - 1, forking: slot.Fork, start: min(slot.Start, r.stamp())}
	if p.proc != 0 {
		p.command = commandLine(p.proc)
		p.watchExec()
	}
	return p
}

// commandLine returns the arguments of a process, empty if it has ended.
func commandLine(proc int) string {
	line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", proc))
	return strings.ReplaceAll(strings.TrimRight(string(line), "\x00"), "\x00", " ")
}

// runsIn says whether it is known to run in the process with that id.
func (p *process) runsIn(pid int) bool { return p.proc != 0 && p.pid == pid }

// replaced says whether another image goes on in its process.
func (p *process) replaced() bool { return p.successor != nil && p.successor.parent < 0 }

// end marks the image as ended at the moment stamp.
func (p *process) end(stamp uint64) {
	if p.ended == 0 {
		p.ended = max(stamp, 1)
		p.reader.ending = append(p.reader.ending, p)
	}
}

// settle closes the account of an image that has ended, and lets go of what it was made from:
// of a thousand processes, whose profiles are written one after the other, the memory
// would hold nearly all at once.
func (p *process) settle() *heap.Result {
	if p.account == nil {
		p.account = p.heap.Finish(max(p.ended, p.start))
		p.heap, p.stacks.index = nil, nil
	}
	return p.account
}

// program is the path of the executable.
func (p *process) program() string {
	return p.modules[programModule].path
}

// loads reports whether a file of this name is one of the program's libraries: what exec
// was given is then the loader, which was told to run the program.
func (p *process) loads(file string) bool {
	for number, m := range p.modules {
		if number != programModule && path.Base(m.path) == path.Base(file) {
			return true
		}
	}
	return false
}

// lost counts what the library says it did not record.
func (p *process) lost() uint64 { return p.lostCalls + p.damagedRings }
