package wording

import (
	"fmt"
	"path/filepath"
	"strings"

	"heapprof/internal/push"
	"heapprof/internal/report/human"
	"heapprof/internal/tracker"
)

// PushToken is the variable of the environment that has what proves who one is to the server of --push: arguments can be
// read by everybody on the machine. The program that is recorded does not get it.
const PushToken = "HEAPPROF_PUSH_TOKEN"

// PushWords words why a push failed.
func PushWords(f *push.Failure, t *push.Target) string {
	said := ""
	if f.Detail != "" {
		said = " (" + f.Detail + ")"
	}
	code := ""
	switch {
	case f.Status != 0:
		code = fmt.Sprintf(", status %d", f.Status)
	case f.Code != 0:
		code = fmt.Sprintf(", gRPC code %d", f.Code)
	}
	switch f.Cause {
	case push.NoAnswer:
		return "no answer came, and what was sent may be counted twice" + said
	case push.NotAllowed:
		return fmt.Sprintf("the server does not let it%s%s; %s has a token for it, or the URL a user", code, said, PushToken)
	case push.NoSuchCall:
		if t.System == push.Parca {
			return fmt.Sprintf("what answers is no Parca%s%s", code, said)
		}
		return fmt.Sprintf("what answers is no Pyroscope of 1.0 or later%s%s", code, said)
	case push.Redirected:
		return fmt.Sprintf("the server says to go elsewhere%s: write its own address", code)
	case push.Busy:
		return fmt.Sprintf("the server does not take it now%s%s", code, said)
	case push.Invalid:
		return fmt.Sprintf("the server refuses the profile%s%s", code, said)
	case push.Unwritable:
		return "the profile cannot be written in pprof's format" + said
	}
	return "the server is not reached" + said
}

// NoCopies is said of a program of which no copy is recorded.
const NoCopies = "--copies: the program begins without glibc, whose functions alone are recorded: there is nothing to tell (in a static program they need its symbols)"

// OthersWords says what was recorded and not written.
func OthersWords(o tracker.Others) string {
	const named = 3
	var programs []string
	for _, p := range o.Programs[:min(len(o.Programs), named)] {
		programs = append(programs, filepath.Base(p))
	}
	if len(o.Programs) > named {
		programs = append(programs, "…")
	}
	what := human.Counted(uint64(o.Processes), "more process")
	if len(programs) > 0 {
		what += " (" + strings.Join(programs, ", ") + ")"
	}
	which, them := "allocated", "it"
	if o.Processes > 1 {
		which, them = "together allocated", "them"
	}
	alive := ""
	if o.LiveOn > 0 {
		alive = fmt.Sprintf("; %d still running", o.LiveOn)
	}
	return fmt.Sprintf("%s %s %s in %s, at most %s at once%s: --children writes %s, too",
		what, which, human.Bytes(o.Bytes), human.Counted(o.Blocks, "block"), human.Bytes(o.Peak), alive, them)
}
