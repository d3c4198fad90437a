//go:build unix

package console

import (
	"os/signal"
	"syscall"
)

// IgnoreSuspend has Ctrl-Z do nothing: a program is left at once whose recorder is stopped, as it would wait for it else, and
// so a key that was hit by mistake would end a recording. Nor does heapprof stop where it writes from the background.
func IgnoreSuspend() { signal.Ignore(syscall.SIGTSTP, syscall.SIGTTIN, syscall.SIGTTOU) }
