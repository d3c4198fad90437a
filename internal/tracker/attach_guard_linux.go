//go:build linux && (amd64 || arm64)

package tracker

import "heapprof/internal/tracker/attach"

// GuardCommand is the name of the command that makes a program what it was where the heapprof that is attached to it is killed.
const GuardCommand = attach.GuardCommand

// Guard is what that command does.
func Guard(args []string) error { return attach.RunGuard(args) }
