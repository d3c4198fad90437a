//go:build unix

package desktop

import (
	"os/exec"
	"syscall"
)

// detach has a command not end with the terminal.
func detach(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
