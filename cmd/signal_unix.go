//go:build unix

package cmd

import "golang.org/x/sys/unix"

// signalName returns the name of signal n, such as SIGSEGV.
func signalName(n int) string { return unix.SignalName(unix.Signal(n)) }
