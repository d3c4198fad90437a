//go:build !unix

package desktop

import "os/exec"

// detach does nothing: programs do not end with their terminal here.
func detach(*exec.Cmd) {}
