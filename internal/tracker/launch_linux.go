//go:build linux && (amd64 || arm64)

package tracker

import (
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"heapprof/internal/symbol"
	"heapprof/internal/tracker/clock"
	"heapprof/internal/tracker/inject"
	"heapprof/internal/tracker/patch"
	"heapprof/internal/tracker/preload"
	"heapprof/internal/tracker/shm"
	"heapprof/internal/tracker/wire"
)

// Run runs a program to its end and records it. The program has this
// process's standard input, output and error, directory and environment, and
// gets the signals that this process is sent. An error is a *ProgramError if
// the program is to blame; then it was not started.
func Run(o Options) (*Result, error) {
	name := o.Args[0]
	path, err := findProgram(name)
	if err != nil {
		return nil, err
	}
	static, err := checkProgram(name, path)
	if err != nil {
		return nil, err
	}
	if static && o.NoPatch {
		return nil, &ProgramError{Program: name, Cause: "is statically linked, so its allocator can only be patched", Hint: "run it without --no-patch"}
	}
	return record(o, target{name: name, path: path, static: static, args: o.Args, library: o.Library, machine: machines[runtime.GOARCH], stamp: clock.Stamp})
}

// target is a program to start, and what its recording hangs on.
type target struct {
	name, path string
	static     bool // no loader will load the library
	args       []string
	library    string                                                  // path of the tracker library; "": the one for this machine
	machine    elf.Machine                                             // that the program is for
	emulated   bool                                                    // args see to it that the loader loads the library
	readPlan   func(path string, o patch.Options) (*patch.Plan, error) // nil: patch.Read
	stamp      func() uint64                                           // the clock of the program's events
}

func record(o Options, t target) (*Result, error) {
	limits := liftLimits()
	resolver := symbol.NewResolver(symbol.Options{})
	defer resolver.Close() // when the memory is closed nothing looks up addresses any more
	room, err := shm.RoomUnderLimits()
	if err != nil {
		return nil, err
	}
	if room.Heap > 0 {
		debug.SetMemoryLimit(room.Heap)
	}
	memory, err := shm.New(room.Rings)
	if err != nil {
		return nil, err
	}
	defer memory.Close()
	if t.library == "" {
		if t.library, err = preload.Install(); err != nil {
			return nil, err
		}
	}
	first := t.library
	if t.emulated {
		first = ""
	}
	who := newIdentities(memory)
	patcher := newPatcher(memory, who, resolver, o, t)
	memory.ShowLife(patcher.serve)
	defer patcher.stop()
	flags := patcher.flags()
	if o.Children {
		flags |= wire.Children
	}
	memory.Begin(uint32(o.Depth), flags)

	// From here on a signal is the program's, even one that comes before it runs.
	signals := make(chan os.Signal, 16)
	notify(signals)
	defer signal.Stop(signals)

	build := &builder{clock: clock.New(t.stamp), library: t.library, unseen: patcher.unseen, mappings: patcher.patchedMappings, naming: o.Naming, resolver: resolver, noCommandLine: o.NoCommandLine, depth: o.Depth}
	var child *os.Process
	var begun <-chan error
	limits.during(func() {
		child, begun, err = start(t, environment(os.Environ(), first, memory))
	})
	if err != nil {
		return nil, err
	}
	root, stop := &rootProcess{pid: child.Pid, ended: make(chan struct{})}, make(chan struct{})
	result := &Result{PID: child.Pid}
	var beginErr, waitErr error
	var user int
	var waking sync.WaitGroup
	finished := make(chan struct{})
	defer func() { // before the memory is closed, whatever the end
		close(finished)
		waking.Wait()
	}()
	waking.Go(func() {
		if begun != nil {
			beginErr = <-begun
		}
		awaitEnd(child.Pid)
		user = userOf(child.Pid)
		var state *os.ProcessState
		state, waitErr = child.Wait()
		root.end = t.stamp()
		if waitErr == nil {
			result.setStatus(state.Sys().(syscall.WaitStatus))
		}
		result.Duration = time.Since(build.clock.Time)
		close(root.ended)
		memory.RingDoorbell()
	})
	waking.Go(func() {
		forward(signals, child, root.ended, finished, func() {
			close(stop)
			memory.RingDoorbell()
		})
	})

	images := &images{options: o, root: child.Pid, builder: build, result: result, lost: make(executions)}
	early := startEarly(build)
	r := newReader(memory, who, images.add)
	r.stamp, r.seen = t.stamp, early.see
	r.told = patcher.of
	r.finished = func(p *process) {
		p.told = patcher.release(p.index)
		images.add(p)
		if t := p.told; t != nil {
			patcher.working.Go(func() { patcher.ended(t) }) // a build has thousands of processes: their plans make room
		}
	}
	r.run(root, stop)
	early.stop()
	<-root.ended
	if beginErr != nil {
		return nil, &ProgramError{Program: t.name, Cause: "is statically linked, and the tracker cannot be put into it: " + beginErr.Error(), Hint: linkHint}
	}
	if waitErr != nil {
		return nil, fmt.Errorf("waiting for %s: %w", t.name, waitErr)
	}
	images.user = user
	images.finish(uint64(memory.Control().Unprofiled), r.executed)
	if x := result.Profile.Recording; memory.Overwritten() {
		x.Unseen = append(x.Unseen, "the program wrote over memory that it shares with heapprof: the numbers may be too low")
	}
	result.Unseen = result.Profile.Recording.Unseen
	result.Allocators = seen(patcher.allOutcomes(images.last))
	return result, nil
}

func (r *Result) setStatus(status syscall.WaitStatus) {
	if status.Signaled() {
		r.Signal = int(status.Signal())
	} else {
		r.ExitCode = status.ExitStatus()
	}
}

// AddressSanitizer demands to be the first library, and ends a program that has
// another one before it. Ours hands on to its malloc, so it finds what it finds.
const sanitizerOption = "verify_asan_link_order=0"

// environment adds what makes the loader load the library and the library find
// the memory. What the user preloads stays, behind ours.
func environment(env []string, library string, m *shm.Memory) []string {
	out := make([]string, 0, len(env)+3)
	preloaded, sanitizer := library, sanitizerOption
	for _, e := range env {
		name, value, _ := strings.Cut(e, "=")
		switch name {
		case "LD_PRELOAD":
			if value != "" {
				preloaded = library + ":" + value
			}
		case "ASAN_OPTIONS":
			if value != "" {
				sanitizer = value + ":" + sanitizerOption
			}
		case wire.Env:
		default:
			out = append(out, e)
		}
	}
	self, err := ownDirectory()
	if err != nil {
		self = os.Getpid() // without a /proc, nobody will find the memory
	}
	return append(out,
		"LD_PRELOAD="+preloaded,
		"ASAN_OPTIONS="+sanitizer,
		fmt.Sprintf("%s=%d:%d", wire.Env, self, m.Descriptor()))
}

// start starts the program. Where begun is not nil, nobody may wait for child until
// an error comes from it, which is why the program was killed before it began, or nil.
func start(t target, env []string) (child *os.Process, begun <-chan error, err error) {
	attr := &os.ProcAttr{Env: env, Files: []*os.File{os.Stdin, os.Stdout, os.Stderr}}
	if t.static {
		child, begun, err = inject.Start(t.path, t.library, t.args, attr)
	} else {
		child, err = os.StartProcess(t.path, t.args, attr)
	}
	if err != nil {
		return nil, nil, startError(t.name, err)
	}
	return child, begun, nil
}

// startError says why a program did not start.
func startError(name string, err error) error {
	e := &ProgramError{Program: name, Cause: "cannot be executed: " + errnoText(err)}
	var trace *inject.TraceError
	switch {
	case errors.As(err, &trace):
		e.Cause = "is statically linked, so it must be started under ptrace, which is not permitted here"
		e.Hint = "permit it (Linux before 4.8 in a container: --cap-add SYS_PTRACE; not under strace or a debugger), or " + linkHint
	case errors.Is(err, unix.ENOEXEC):
		e.Cause, e.Hint = "is neither a program nor a script with a #! line", "a script without one runs as heapprof run sh "+name
	case errors.Is(err, unix.ENOENT):
		// It was there a moment ago: the kernel misses its loader.
		e.Cause, e.Hint = "its dynamic loader is missing", "readelf -l names it as the requested interpreter"
	case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.ENOMEM), errors.Is(err, unix.EMFILE), errors.Is(err, unix.ENFILE):
		return fmt.Errorf("cannot start %s: %s", name, errnoText(err))
	}
	return e
}

// forwarded are the signals that a person or a supervisor sends to a program.
// Those that stop and continue a job stop and continue heapprof with it.
var forwarded = []os.Signal{unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM, unix.SIGUSR1, unix.SIGUSR2, unix.SIGALRM}

func notify(c chan os.Signal) {
	for _, s := range forwarded {
		// One that was ignored, as by nohup, stays so, here and in the program.
		if !signal.Ignored(s) {
			signal.Notify(c, s)
		}
	}
}

// forward hands the program the signals that this process gets. Once the
// program has ended, one of them calls stop: no longer wait for its children. It returns
// once finished is closed.
func forward(signals <-chan os.Signal, child *os.Process, ended, finished <-chan struct{}, stop func()) {
	for !isClosed(ended) {
		select {
		case s := <-signals:
			if (s == unix.SIGINT || s == unix.SIGQUIT || s == unix.SIGHUP) && inForeground() {
				continue // the terminal has sent it to the program too
			}
			child.Signal(s) // fails only if the program has ended
		case <-ended:
		}
	}
	select {
	case <-signals:
		stop()
		signal.Reset() // another one ends heapprof, whatever it is doing
	case <-finished:
	}
}

// inForeground says whether this process belongs to the job that the terminal
// sends its signals to.
func inForeground() bool {
	tty, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	defer tty.Close()
	group, err := unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}
