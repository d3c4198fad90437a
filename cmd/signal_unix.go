//go:build unix

package cmd

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// signalName returns the name of signal n, such as SIGSEGV.
func signalName(n int) string { return unix.SignalName(unix.Signal(n)) }

// signalNumber returns the number of a signal by its name, such as SIGSEGV; 0: there is none.
func signalNumber(name string) int { return int(unix.SignalNum(name)) }

// interruptGroup sends SIGINT to all processes of this one's group, as a terminal does when Ctrl-C is typed.
func interruptGroup() { _ = unix.Kill(0, unix.SIGINT) }

// endingSignals are those that end a process by which somebody wants it to, or as nobody reads it any more.
func endingSignals() []os.Signal {
	return []os.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGPIPE}
}

// isBrokenPipe reports whether an error says that nobody reads a pipe any more.
func isBrokenPipe(err error) bool { return errors.Is(err, unix.EPIPE) }
