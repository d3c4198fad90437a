//go:build linux && (amd64 || arm64)

package launch

import (
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// forwarded are the signals that heapprof hands on to the program: those that a person or a
// supervisor sends to it. Signals that stop and continue a job need no handing on, as they
// stop and continue heapprof with it.
var forwarded = []os.Signal{unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM, unix.SIGUSR1, unix.SIGUSR2, unix.SIGALRM}

// Signals are the forwarded signals that this process has been sent, kept until there is a
// program that they are for.
type Signals struct {
	caught chan os.Signal
	closed chan struct{}
}

// CatchSignals begins to keep the forwarded signals for the program, even before it runs, but
// for the signal marks, which is somebody else's.
func CatchSignals(marks unix.Signal) *Signals {
	s := &Signals{caught: make(chan os.Signal, 16), closed: make(chan struct{})}
	for _, one := range forwarded {
		// One that was ignored, as by nohup, stays so, here and in the program.
		if one != marks && !signal.Ignored(one) {
			signal.Notify(s.caught, one)
		}
	}
	return s
}

// Forward hands the program the signals until it has ended. The next signal after that
// means that heapprof shall no longer wait for the program's children: Forward calls stop
// and returns. It returns too once Close is called.
func (s *Signals) Forward(to *Process, ended <-chan struct{}, stop func()) {
	s.forwardUntil(ended, to)
	select {
	case <-s.caught:
		stop()
		signal.Reset() // another one ends heapprof, whatever it is doing
	case <-s.closed:
	}
}

// Handle calls f at each of the signals, until Close is called.
func (s *Signals) Handle(f func()) {
	for {
		select {
		case <-s.caught:
			f()
		case <-s.closed:
			return
		}
	}
}

// forwardUntil hands the program the signals until ended is closed.
func (s *Signals) forwardUntil(ended <-chan struct{}, to *Process) {
	for {
		select {
		case one := <-s.caught:
			if (one == unix.SIGINT || one == unix.SIGQUIT || one == unix.SIGHUP) && inForeground() {
				continue // the terminal has sent it to the program too
			}
			to.child.Signal(one) // fails only if the program has ended
		case <-ended:
			return
		}
	}
}

// Close gives the signals their usual meaning again.
func (s *Signals) Close() {
	signal.Stop(s.caught)
	close(s.closed)
}

// inForeground reports whether this process belongs to the job that the terminal
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
