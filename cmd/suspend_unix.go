//go:build unix

package cmd

import (
	"os/signal"
	"syscall"
)

// ignoreSuspend has Ctrl-Z do nothing: a program that was attached to waits for its recorder when there is no room for what it hands over, so
// that a recorder that is stopped by mistake would stop a server. Nor does it stop where it writes from the background.
func ignoreSuspend() { signal.Ignore(syscall.SIGTSTP, syscall.SIGTTIN, syscall.SIGTTOU) }
