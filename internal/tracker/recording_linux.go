//go:build linux && (amd64 || arm64)

package tracker

import (
	"cmp"
	"debug/elf"
	"os"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/symbol"
	"heapprof/internal/tracker/clock"
	"heapprof/internal/tracker/launch"
	"heapprof/internal/tracker/naming"
	"heapprof/internal/tracker/patch"
	"heapprof/internal/tracker/patcher"
	"heapprof/internal/tracker/preload"
	"heapprof/internal/tracker/process"
	"heapprof/internal/tracker/replay"
	"heapprof/internal/tracker/shm"
	"heapprof/internal/tracker/wire"
)

// Run runs a program to its end and records it. The program has this
// process's standard input, output and error, directory and environment, and
// gets the signals that this process is sent. An error is a *ProgramError if
// the program is to blame; then it was not started.
func Run(o Options) (*Result, error) {
	program, err := launch.Find(o.Args)
	if err != nil {
		return nil, err
	}
	program.Files = o.Files
	if program.Static && o.NoPatch {
		return nil, &ProgramError{Program: program.Name, Cause: profile.Cause{Code: profile.StaticUnpatched}}
	}
	return record(o, target{Program: program, library: o.Library, machine: launch.Machine(), stamp: clock.Stamp})
}

// Become has this process become a program, which is not recorded. It returns only an error, as Run
// does.
func Become(args []string) error {
	path, err := launch.FindFile(args[0])
	if err != nil {
		return err
	}
	if err := unix.Exec(path, args, os.Environ()); err != nil {
		return &os.PathError{Op: "exec", Path: path, Err: err}
	}
	return nil
}

// target is a program to start, and what the way of recording it depends on.
type target struct {
	launch.Program
	library  string                                                  // path of the tracker library; "": the one for this machine
	machine  elf.Machine                                             // that the program is for
	emulated bool                                                    // Args see to it that the loader loads the library
	readPlan func(path string, o patch.Options) (*patch.Plan, error) // nil: patch.Read
	stamp    func() uint64                                           // the clock of the program's events
	eager    bool                                                    // what is resident is read all the time
}

// record runs a program and makes the profiles of what it did.
func record(o Options, t target) (*Result, error) {
	r, err := prepare(o, t)
	if err != nil {
		return nil, err
	}
	defer r.close()
	if err := r.start(); err != nil {
		return nil, err
	}
	r.replay()
	return r.finish()
}

// recording is the run of one program, or a part of it: the parts that take part in it, in the order in which
// they come into being.
type recording struct {
	options Options
	target  target

	limits     launch.Limits
	memory     *shm.Memory
	identities *process.Identities
	resolver   *symbol.Resolver
	patcher    *patcher.Patcher
	signals    *launch.Signals
	marker     *marker
	parking    *parking
	failing    *failing

	builder  *builder
	program  *launch.Process // nil: the program ran already
	visit    *visit          // how that was come to; nil: the program was started
	root     *replay.Root
	stopped  chan struct{}  // closed when nobody is waited for any longer
	stopping sync.Once      // of closing stopped
	waking   sync.WaitGroup // of the goroutines that wake the reader

	early  *naming.Early
	images *images
	nears  *memoryWatch
	dumps  *dumper // nil: no profile can be written while the program runs
	reader *replay.Reader

	result *Result
	ending launch.Ending // of the program, once root.Ended is closed
	endErr error         // why the program could not begin, or be waited for; set before root.Ended is closed
}

// prepare makes all that there must be before the program starts: from then on programs may
// join, and a signal is the program's, even one that comes before it runs.
func prepare(o Options, t target) (*recording, error) {
	o.MaxNodes = cmp.Or(o.MaxNodes, DefaultNodes)
	limits := launch.LiftLimits()
	room, err := shm.RoomUnderLimits()
	if err != nil {
		return nil, err
	}
	if room.Heap > 0 {
		debug.SetMemoryLimit(room.Heap)
	}
	if t.library == "" {
		if t.library, err = preload.Install(); err != nil {
			return nil, err
		}
	}
	memory, err := shm.New(room.Rings)
	if err != nil {
		return nil, err
	}
	r := &recording{options: o, target: t, limits: limits, memory: memory}
	r.prepareMemory(patcher.Options{}, 0)
	return r, nil
}

// prepareMemory makes of shared memory that nobody uses yet one that programs may join, and what answers them then. patches
// are what is particular to how they are patched, and more flags of the control page besides those that the options ask for.
func (r *recording) prepareMemory(patches patcher.Options, more uint32) {
	o, t, memory := r.options, r.target, r.memory
	r.identities, r.resolver = process.NewIdentities(memory), symbol.NewResolver(symbol.Options{})
	patches.Off, patches.Functions, patches.Missing, patches.Entries, patches.Unhooked = o.NoPatch, o.Functions, o.Missing, o.entries(), o.tellUnhooked
	patches.Mappings, patches.Exits = o.Mappings || o.Retained.IsWanted(), o.Retained.Exit
	patches.Machine, patches.Library, patches.Locate, patches.Plan = t.machine, t.library, r.identities.Locate, t.readPlan
	r.patcher = patcher.New(memory, r.resolver, patches)
	flags := r.patcher.Flags() | more
	if o.Children != NoChildren {
		flags |= wire.Children
	}
	if o.Frees {
		flags |= wire.Frees
	}
	if o.Retained.IsWanted() {
		flags |= wire.Retained
	}
	if !o.NoPython {
		flags |= wire.FollowPython
	}
	if len(o.Failing.At) > 0 {
		flags |= wire.Fails
	}
	memory.ShowLife(r.patcher.Serve)
	memory.Begin(shm.Settings{Depth: uint32(o.Depth), MaxNodes: uint32(o.MaxNodes), Flags: flags, SampleMean: o.Sample, MarkSignal: uint32(o.MarkSignal.Number), Limits: limitsOf(o)})
	r.signals, r.marker = launch.CatchSignals(syscall.Signal(o.MarkSignal.Number)), newMarker(memory, o)
	r.failing = newFailing(o.Failing.At, r.resolver, t.library)
	r.parking = newParking(o.Retained, memory, t.stamp)
}

// start starts the program, and makes what is to follow it: the reader, and what wakes that
// when the program has ended or is not to be waited for.
func (r *recording) start() (err error) {
	t := r.target
	r.builder = r.newBuilder()
	preloaded := t.library
	if t.emulated {
		preloaded = ""
	}
	self, err := procfs.Self()
	if err != nil {
		self = procfs.Process(os.Getpid()) // without a /proc, nobody will find the memory
	}
	environment := launch.Environment(os.Environ(), preloaded, int(self), r.memory.Descriptor())
	if !r.options.NoPython {
		environment = launch.WithPythonsBlocks(environment)
	}
	r.limits.During(func() { r.program, err = t.Start(t.library, environment) })
	if err != nil {
		return err
	}
	launch.BeNoVictim()
	r.follow(r.program.PID)
	r.waking.Go(r.awaitEnd)
	r.waking.Go(func() {
		r.signals.Forward(r.program, r.root.Ended, func() { r.stop(false) })
	})
	return nil
}

// newBuilder returns what makes the profiles. Their times count from now on.
func (r *recording) newBuilder() *builder {
	o, t := r.options, r.target
	return &builder{
		clock: clock.New(t.stamp), naming: naming.Options{Resolver: r.resolver, Library: t.library, Progress: o.Naming, Made: naming.NewMade(), Soon: o.Live != nil},
		attached:      func(p recorded) *profile.Attached { return r.visit.attached(p, r.root.PID) },
		noCommandLine: o.NoCommandLine, depth: o.Depth, maxNodes: o.MaxNodes, frees: o.Frees, mappings: o.Mappings, sampling: profile.Sampling{MeanBytes: o.Sample}, patcher: r.patcher, retained: o.Retained, limit: o.Limit,
	}
}

// follow makes what is to follow the program, which runs as the process pid, but for what tells of its end.
func (r *recording) follow(pid int) {
	o, t := r.options, r.target
	r.result = &Result{}
	r.root = &replay.Root{PID: pid, Ended: make(chan struct{})}
	r.stopped = make(chan struct{})
	r.early = naming.StartEarly(r.builder.naming)
	r.images = newImages(o, r)
	r.nears = newMemoryWatch(pid, o.Dumps.hasParts(), func() []replay.Facts { return r.reader.Running() })
	var dumps replay.Dumps // none, unless it is one
	if o.Dumps.Write != nil {
		r.dumps = newDumper(o.Dumps, r.images, r.nears, r.builder.clock.Time)
		dumps = r.dumps
	}
	var copies replay.Copies // none of a process that was come to: what held its blocks from before nobody knows
	if r.visit == nil {
		copies = r.parking
	}
	r.reader = replay.NewReader(r.memory, r.identities, replay.Options{
		Dumps:    dumps,
		Stamp:    t.stamp,
		Waits:    o.Children == AllChildren,
		Boundary: newBoundary(o.Boundary), Afresh: o.Afresh,
		Origin:  func(index int) any { return r.patcher.AnswersTo(index) },
		Watch:   r.watch,
		Since:   r.since,
		Subject: r.completeSubject,
		Eager:   t.eager,
		Limit:   replay.Limit{Bytes: o.Limit.Bytes, Blocks: o.Limit.Blocks, Refuses: o.Limit.Action != profile.LimitNotes},
		Fails:   r.failing.fails,
		Copies:  copies, CopyMarks: o.Retained.Marks, CopyPeaks: o.Retained.Peak,
		MarkSignal: o.MarkSignal.Name, MarkFunctions: o.MarkFunctions,
		Finished: func(image *replay.Image) { r.images.add(image, r.patcher.Ended(image.Index)) },
	})
	r.waking.Go(r.nears.run)
	r.waking.Go(func() { r.marker.run(r.builder.clock.Time) })
}

// awaitEnd waits for the program's end and tells the reader of it.
func (r *recording) awaitEnd() {
	r.ending, r.endErr = r.program.Wait()
	r.root.End = r.target.stamp()
	r.result.Duration = time.Since(r.builder.clock.Time)
	if r.endErr == nil {
		r.images.outOfMemory = r.nears.end(r.ending.Status)
	}
	close(r.root.Ended)
	r.memory.RingDoorbell()
}

// replay reads what the programs publish until all have ended, and has the profiles made
// of those that end before the last.
func (r *recording) replay() {
	endLive := r.goLive()
	r.reader.Run(r.root, r.stopped)
	endLive()
	if r.dumps != nil {
		r.dumps.close()
	}
	r.early.Stop()
	<-r.root.Ended
}

// end ends the recording, though the program may run on.
func (r *recording) end() {
	if r.visit != nil {
		r.visit.leave(profile.AttachAsked)
		return
	}
	r.stop(true)
}

// stop has the Reader read what there is and return, whoever runs on. cut is whether the program may run on: then its profile is as
// a dump.
func (r *recording) stop(cut bool) {
	r.stopping.Do(func() {
		if cut {
			r.images.cut.Store(true)
		}
		close(r.stopped)
		r.memory.RingDoorbell()
	})
}

// watch has addresses that are new in an image looked up while its files are there.
func (r *recording) watch(i *replay.Image) {
	r.early.Open(i.TakeArrived())
	i.HandPlaces(func(places []replay.Place) bool {
		r.builder.naming.Made.See(i.Facts, places)
		return r.early.LookUp(places, i.Modules)
	})
}

// finish makes the profile of the program that was started, and says how the run went.
func (r *recording) finish() (*Result, error) {
	if r.endErr != nil {
		return nil, r.endErr
	}
	result := r.result
	switch status := r.ending.Status; {
	case r.visit != nil:
		result.ExitCode = unknownEnding.exitCode
	case status.Signaled():
		result.Signal = int(status.Signal())
	default:
		result.ExitCode = status.ExitStatus()
	}
	result.OutOfMemory = r.images.outOfMemory
	r.images.user, r.images.cpu = r.ending.User, r.ending.CPU
	r.images.finish(r.root.End, uint64(r.memory.Control().Unprofiled), r.reader.Executed())
	if x := result.Profile.Recording; r.memory.Overwritten() {
		x.Notes = append(x.Notes, profile.Note{Code: profile.SharedMemoryOverwritten})
	}
	r.notEntered()
	result.LostMarks, result.NeverFailed = r.reader.LostMarks(), r.failing.neverMet()
	result.Allocators = r.patcher.Allocators(r.images.main.patched(0))
	return result, nil
}

// close ends what goes on beside the recording, and lets go of the memory last that all
// of it uses.
func (r *recording) close() {
	r.signals.Close()
	r.marker.close()
	if r.nears != nil { // the program has been started
		r.nears.close()
	}
	r.waking.Wait()
	r.patcher.Stop()
	r.parking.close()
	r.memory.Close()
	r.resolver.Close()
}
