//go:build linux && (amd64 || arm64)

package tracker

import (
	"encoding/hex"
	"path"
	"strings"

	"heapprof/internal/procfs"
	"heapprof/internal/symbol"
	"heapprof/internal/tracker/patcher"
	"heapprof/internal/tracker/replay"
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

	becomes   *execution       // what it is about to run in its place, or has begun to; nil: nothing
	runs      [2]uint64        // the device and inode of the file that it ran when that was last looked at
	successor *process         // the image that goes on in its process
	lostCalls uint64           // that the library counted, once it has ended
	unplaced  uint64           // modules that it had no place for
	deepest   uint64           // frames of the deepest stack that was cut, as in profile.Recording
	answers   *patcher.Answers // likewise; nil: it has never asked for a plan

	anonymous uint64       // the most anonymous memory that was seen in RAM, in bytes
	known     anonymousUse // what of that is no heap, when it was last looked at
	looked    uint64       // how much anonymous memory there was then
	threads   uint64       // the most at the same time that allocated

	arrived []replay.Module // since early last saw them

	*replay.State                  // nil until its first event
	settled       *replay.Snapshot // of its end; nil until then

	damagedRings uint64
}

// openModule opens the file of a module to have its addresses named. What another file has replaced
// by then, or what is found in the process's own root only, can be opened as long
// as the process runs.
func openModule(m replay.Module, r *symbol.Resolver) (*symbol.Module, error) {
	var elsewhere []string
	if m.Proc != 0 {
		elsewhere = append(elsewhere, m.Proc.InRoot(m.Path))
		if m.Program {
			elsewhere = append(elsewhere, m.Proc.Exe())
		}
	}
	buildID := hex.EncodeToString([]byte(m.BuildID))
	file, err := r.Open(m.Path, buildID, elsewhere...)
	if err != nil && m.Proc != 0 && (buildID != "" || !strings.HasPrefix(m.Path, memoryFile)) {
		// No file has the name any more, or never had.
		file, err = r.Open(m.Path, buildID, heldFiles(m.Proc, m.Start)...)
	}
	return file, err
}

// memoryFile begins what the kernel calls a file of memfd_create, of which several
// may have one name.
const memoryFile = "/memfd:"

// heldFiles returns paths by which the file that a process has mapped at an address may be
// opened though no file has its name.
func heldFiles(proc procfs.Process, at uint64) []string {
	all, _ := proc.Maps() // none once it has ended
	if m, ok := procfs.MappingAt(all, at); ok && m.Path != "" {
		return proc.PathsOf(m)
	}
	return nil
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
func commandLine(proc procfs.Process) string {
	arguments, _ := proc.Arguments()
	return strings.Join(arguments, " ")
}

// patched is what the patcher is asked about, of which so many calls are known to be missing.
func (p *process) patched(missed uint64) patcher.Image {
	image := patcher.Image{Own: p.answers, Missed: missed}
	image.InForce, _ = p.Origin.(*patcher.Answers)
	for _, m := range p.Modules {
		image.Libraries = append(image.Libraries, patcher.Library{Path: m.Path, Bypasses: m.Bypasses})
	}
	return image
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

// settle returns the state at the end of an image that has ended, and lets go of what it was
// made from: of a thousand processes, whose profiles are written one after the other, the
// memory would hold nearly all at once.
func (p *process) settle() *replay.Snapshot {
	if p.settled == nil {
		p.settled = p.State.Snapshot(max(p.ended, p.start))
		p.Heap, p.Tree, p.Mapped = nil, nil, nil
	}
	return p.settled
}

// program is the path of the executable.
func (p *process) program() string {
	return p.Modules[replay.ProgramModule].Path
}

// loads reports whether a file of this name is one of the program's libraries: what exec
// was given is then the loader, which was told to run the program.
func (p *process) loads(file string) bool {
	for number, m := range p.Modules {
		if number != replay.ProgramModule && path.Base(m.Path) == path.Base(file) {
			return true
		}
	}
	return false
}

// lost counts what the library says it did not record.
func (p *process) lost() uint64 { return p.lostCalls + p.damagedRings }
