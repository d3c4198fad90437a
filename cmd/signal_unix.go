//go:build unix

package cmd

import "golang.org/x/sys/unix"

// signalName returns the name of signal n, such as SIGSEGV.
func signalName(n int) string { return unix.SignalName(unix.Signal(n)) }

// signalNumber returns the number of a signal by its name, such as SIGSEGV; 0: there is none.
func signalNumber(name string) int { return int(unix.SignalNum(name)) }

// interruptGroup sends SIGINT to all processes of this one's group, as a terminal does when Ctrl-C is typed.
func interruptGroup() { _ = unix.Kill(0, unix.SIGINT) }
