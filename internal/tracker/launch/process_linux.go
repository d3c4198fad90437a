//go:build linux && (amd64 || arm64)

package launch

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/tracker/inject"
)

// Process is a program that was started.
type Process struct {
	PID int

	program Program
	child   *os.Process
	begun   <-chan error // of a static program, as inject.Start returns it: nobody may wait for the program before
}

// Start starts the program in this process's working directory, with its standard input,
// output and error, but for those that the program has its own of. library is the path of the tracker library, which is put into the
// program if that is static; env names it for other programs. The error is a *ProgramError
// where the program is the cause.
func (p Program) Start(library string, env []string) (*Process, error) {
	attr := &os.ProcAttr{Env: env, Files: []*os.File{cmp.Or(p.Files[0], os.Stdin), cmp.Or(p.Files[1], os.Stdout), cmp.Or(p.Files[2], os.Stderr)}}
	started := &Process{program: p}
	var err error
	if p.Static {
		started.child, started.begun, err = inject.Start(p.Path, library, p.Args, attr)
	} else {
		started.child, err = os.StartProcess(p.Path, p.Args, attr)
	}
	if err != nil {
		return nil, startError(p.Name, err)
	}
	started.PID = started.child.Pid
	return started, nil
}

// Ending is how a program ended.
type Ending struct {
	Status syscall.WaitStatus
	User   int           // the effective user that it ran as at its end; -1: not known
	CPU    time.Duration // of the processors that it took, and the children that it waited for
}

// Wait waits for the program's end. The error is a *ProgramError for a static program that
// was killed before it began because the tracker library could not be put into it.
func (p *Process) Wait() (e Ending, err error) {
	var notBegun error
	if p.begun != nil {
		notBegun = <-p.begun
	}
	// Who it ran as can be read as long as nobody has waited for it.
	awaitEnd(p.PID)
	status, _ := procfs.Process(p.PID).Status()
	e.User = status.User
	state, err := p.child.Wait()
	switch {
	case notBegun != nil:
		return e, &ProgramError{Program: p.program.Name, Cause: profile.Cause{Code: profile.StaticNotBegun, Detail: notBegun.Error()}}
	case err != nil:
		return e, fmt.Errorf("waiting for %s: %w", p.program.Name, err)
	}
	e.Status = state.Sys().(syscall.WaitStatus)
	e.CPU = state.UserTime() + state.SystemTime()
	return e, nil
}

// awaitEnd waits until a child has ended. The child stays a zombie, which somebody else
// waits for. A thread of this process may trace the child meanwhile, and wait(2) tells each
// thread of a stop of what another one traces, whether it asks for stops or not: whoever waited
// so would take a stop for the end, and take it away from the tracer.
func awaitEnd(pid int) {
	if fd, err := unix.PidfdOpen(pid, 0); err == nil { // Linux before 5.3 has none
		for {
			if _, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, -1); err != unix.EINTR {
				break
			}
		}
		unix.Close(fd)
	}
	for !hasEnded(pid) {
		time.Sleep(time.Millisecond)
	}
}

// hasEnded reports whether a child has ended, as far as it can be waited for.
func hasEnded(pid int) bool {
	const trapped, stopped = 4, 5 // CLD_TRAPPED, CLD_STOPPED
	var info unix.Siginfo
	err := unix.Waitid(unix.P_PID, pid, &info, unix.WEXITED|unix.WNOWAIT|unix.WNOHANG, nil)
	return err != nil && err != unix.EINTR || info.Code != 0 && info.Code != trapped && info.Code != stopped
}

// startError returns the error for a program that did not start because of err: a
// *ProgramError, unless the system was out of something.
func startError(name string, err error) error {
	e := &ProgramError{Program: name, Cause: profile.Cause{Code: profile.CannotExecute, Detail: errnoText(err)}}
	var trace *inject.TraceError
	switch {
	case errors.As(err, &trace):
		e.Cause = profile.Cause{Code: profile.TracingForbidden}
	case errors.Is(err, unix.ENOEXEC):
		e.Cause = profile.Cause{Code: profile.NotProgram, Names: []string{name}}
	case errors.Is(err, unix.ENOENT):
		// It was there a moment ago: the kernel misses its loader.
		e.Cause = profile.Cause{Code: profile.LoaderMissing}
	case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.ENOMEM), errors.Is(err, unix.EMFILE), errors.Is(err, unix.ENFILE):
		return fmt.Errorf("cannot start %s: %s", name, errnoText(err))
	}
	return e
}
