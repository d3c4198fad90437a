//go:build unix

package cmd

import "golang.org/x/sys/unix"

// signalName is the name of a signal, as SIGSEGV.
func signalName(n int) string { return unix.SignalName(unix.Signal(n)) }
