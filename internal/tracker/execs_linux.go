//go:build linux && (amd64 || arm64)

package tracker

import (
	"cmp"
	"errors"
	"os"
	"slices"

	"heapprof/internal/profile"
	"heapprof/internal/regular"
	"heapprof/internal/tracker/launch"
	"heapprof/internal/tracker/replay"
	"heapprof/internal/tracker/wire"
)

// unrecorded returns those programs that were not recorded, by their paths. why returns the
// cause for one; no cause for a program that was recorded.
func unrecorded(all replay.Executions, why func(replay.Execution) profile.Cause) (programs []Unrecorded) {
	for e, n := range all {
		if cause := why(e); !cause.IsZero() {
			programs = append(programs, Unrecorded{Program: e.Path, Cause: cause, Times: n})
		}
	}
	slices.SortFunc(programs, func(a, b Unrecorded) int {
		return cmp.Or(cmp.Compare(a.Program, b.Program), cmp.Compare(a.Cause.Code, b.Cause.Code), slices.Compare(a.Cause.Names, b.Cause.Names))
	})
	return programs
}

// whyNotRecordable returns why a program cannot be recorded, by its file; no cause if
// nothing is known.
func whyNotRecordable(e replay.Execution) profile.Cause {
	if !e.IsNamed() {
		return whyUnknownToIt(e)
	}
	if f, err := regular.Open(e.Path); err == nil { // else it is gone by now, or not to be read
		f.Close()
		static, err := launch.Check(e.Path, e.Path)
		var program *launch.ProgramError
		switch {
		case errors.As(err, &program):
			return program.Cause
		case static:
			return profile.Cause{Code: profile.StaticByOther}
		}
	}
	return whyUnknownToIt(e)
}

// whyUnknownToIt returns which variables of the environment a program was started without,
// so that its loader and the tracker library did not know of the recorder; no cause if it
// had them.
func whyUnknownToIt(e replay.Execution) profile.Cause {
	var missing []string
	if !e.Library {
		missing = append(missing, "LD_PRELOAD")
	}
	if !e.Memory {
		missing = append(missing, wire.Env)
	}
	if missing == nil {
		return profile.Cause{}
	}
	return profile.Cause{Code: profile.EnvironmentLost, Names: missing}
}

// whyNotRecorded returns why a program was not recorded that ran as the given user, -1 if
// that is not known; no cause if nothing is known.
func whyNotRecorded(e replay.Execution, user int) profile.Cause {
	if why := whyNotRecordable(e); !why.IsZero() || !e.Alone {
		return why
	}
	if user >= 0 && user != os.Geteuid() {
		return profile.Cause{Code: profile.OtherUser, Number: int64(user)}
	}
	return profile.Cause{Code: profile.NotJoined}
}
