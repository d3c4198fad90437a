//go:build unix

package wording

import "golang.org/x/sys/unix"

// SignalName returns the name of signal n, such as SIGSEGV.
func SignalName(n int) string { return unix.SignalName(unix.Signal(n)) }
