//go:build linux && (amd64 || arm64)

package tracker

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"

	"heapprof/internal/regular"
	"heapprof/internal/tracker/launch"
	"heapprof/internal/tracker/replay"
	"heapprof/internal/tracker/wire"
)

// unseenOf returns those programs that were not recorded, by their paths: why says for what reason,
// or "" of one that was.
func unseenOf(all replay.Executions, why func(replay.Execution) string) (unseen []Unrecorded) {
	for e, n := range all {
		if cause := why(e); cause != "" {
			unseen = append(unseen, Unrecorded{Program: e.Path, Cause: cause, Times: n})
		}
	}
	slices.SortFunc(unseen, func(a, b Unrecorded) int {
		return cmp.Or(cmp.Compare(a.Program, b.Program), cmp.Compare(a.Cause, b.Cause))
	})
	return unseen
}

// whyUnseen says why the program is not recorded; "" where nothing is known that stands in
// the way.
func whyUnseen(e replay.Execution) string {
	if !e.IsNamed() {
		return whyUntold(e)
	}
	if f, err := regular.Open(e.Path); err == nil { // else it is gone by now, or not to be read
		f.Close()
		static, err := launch.Check(e.Path, e.Path)
		var program *launch.ProgramError
		switch {
		case errors.As(err, &program):
			return program.Cause
		case static:
			return "is statically linked, and heapprof can put the tracker only into such a program that it starts itself"
		}
	}
	return whyUntold(e)
}

// whyUntold says why the program's loader and the library do not know of the recorder.
func whyUntold(e replay.Execution) string {
	if e.Library && e.Memory {
		return ""
	}
	missing, them := "LD_PRELOAD and "+wire.Env, "them"
	if e.Library {
		missing, them = wire.Env, "it"
	} else if e.Memory {
		missing, them = "LD_PRELOAD", "it"
	}
	return fmt.Sprintf("was started without %s as heapprof had set %s: keep %s in its environment, or start heapprof in the new one (env -i heapprof run)", missing, them, them)
}

// whyLost is whyUnseen of a program that was not recorded, run by that user.
func whyLost(e replay.Execution, user int) string {
	if why := whyUnseen(e); why != "" {
		return why
	}
	if !e.Alone {
		return ""
	}
	if user >= 0 && user != os.Geteuid() {
		return fmt.Sprintf("ran as user %d, who cannot open heapprof's memory: run heapprof as that user", user)
	}
	return "could not load the tracker library or open heapprof's memory: another user, root directory or /proc, or too little memory for them (ulimit -v)"
}
