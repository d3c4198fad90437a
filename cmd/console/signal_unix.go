//go:build unix

package console

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// SignalNumber returns the number of a signal by its name, such as SIGSEGV; 0: there is none.
func SignalNumber(name string) int { return int(unix.SignalNum(name)) }

// InterruptGroup sends SIGINT to all processes of this one's group, as a terminal does when Ctrl-C is typed.
func InterruptGroup() { _ = unix.Kill(0, unix.SIGINT) }

// EndingSignals are those that end a process by which somebody wants it to, or as nobody reads it any more.
func EndingSignals() []os.Signal {
	return []os.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGPIPE}
}

// IsBrokenPipe reports whether an error says that nobody reads a pipe any more.
func IsBrokenPipe(err error) bool { return errors.Is(err, unix.EPIPE) }
