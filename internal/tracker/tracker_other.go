//go:build !(linux && (amd64 || arm64))

package tracker

import (
	"fmt"
	"runtime"
)

// Run fails: programs are recorded on Linux only.
func Run(o Options) (*Result, error) {
	return nil, errNotHere()
}

// Attach fails likewise.
func Attach(o AttachOptions) (*Result, error) { return nil, errNotHere() }

// ProcessesOf returns none.
func ProcessesOf(name string) []NamedProcess { return nil }

// ProgramOf returns "".
func ProgramOf(pid int) string { return "" }

// Become fails likewise.
func Become(args []string) error { return errNotHere() }

// Mark fails likewise.
func Mark(pid int, name string) (Marked, error) {
	return Marked{}, &MarkError{MarkUnknown, errNotHere()}
}

// Snapshot fails likewise.
func Snapshot(pid int, name string, copies bool) (Snapshotted, error) {
	return Snapshotted{}, &MarkError{MarkUnknown, errNotHere()}
}

// IsRecording reports false: nobody records here.
func IsRecording(recorder string) bool { return false }

func errNotHere() error {
	return fmt.Errorf("programs cannot be recorded on %s/%s, only on linux/amd64 and linux/arm64; the other commands read profiles that were recorded there", runtime.GOOS, runtime.GOARCH)
}

// GuardCommand is the name of a command that nothing starts here.
const GuardCommand = "attach-guard"

// Guard fails likewise.
func Guard([]string) error { return errNotHere() }
