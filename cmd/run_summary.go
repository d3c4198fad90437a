package cmd

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/text"
	"heapprof/internal/report/view"
	"heapprof/internal/tracker"
)

// neededCalls are the system calls that the tracker library makes in the program, where no
// filter is known to forbid them.
const neededCalls = "arch_prctl, brk, close, futex, getcwd, getpid, getppid, gettid, kill, madvise, mmap, mprotect, mremap, " +
	"munmap, newfstatat, openat, read, readlinkat, rt_sigprocmask, sched_yield, tgkill"

// summarize prints what a run says at its end.
func (s *Streams) summarize(o *runOptions, r *tracker.Result, children []child, saved string) {
	fmt.Fprintln(s.Err)
	s.say("%s %s after %s", filepath.Base(o.program(r)), endingWords(r), r.Duration.Round(time.Millisecond))
	s.tellWhose(o, r, children)
	if signalName(r.Signal) == "SIGSYS" {
		s.say("a system-call filter (seccomp) ends programs so; if this one runs without heapprof, its filter must let through what heapprof calls, too: %s", neededCalls)
	}
	switch {
	case r.Loaded, !r.Started:
	case r.Signal != 0:
		s.say("the program ended before the tracker library had anything to tell of it; see whether it ends so without heapprof, too")
	default:
		s.say("the program did not load the tracker library, so nothing could be seen of it")
	}
	s.tellAllocators("recorded by patching, too", r)
	s.tellMarks(r)
	s.tellEvents(&o.events, r)
	o.dumps.tell(s)
	s.tellCopies(&o.copies, r)
	// Standard error is all that can go wrong here, and nobody is left to tell.
	source := view.NewSourceByRules(r.Profile, o.rules)
	_ = summary(s.Err, source, o.top, s.errWidth(), s.ErrTerminal && s.Color)
	s.listChildren(children, r.Others)
	s.listUnrecorded(r.Unrecorded)
	found := newExplainer(source, &sourceFlags{}).first(mostFindings)
	_ = text.Items(s.Err, text.Options{Width: s.errWidth(), Color: s.ErrTerminal && s.Color, Items: found, Title: "findings"})
	s.tellSaved(r.Profile, saved, len(found) > 0)
}

// tellSaved says which file a profile is in, and what can be done with that; nothing where it is in none.
func (s *Streams) tellSaved(p *profile.Profile, saved string, found bool) {
	if saved == "" {
		return
	}
	fmt.Fprintln(s.Err)
	s.say("the profile is %s; to look at it: heapprof report %s", saved, shellQuote(saved))
	if p.Totals().TotalBlocks > 0 {
		s.say("in a browser: heapprof html %s", shellQuote(saved))
	}
	if found {
		s.say("what to do: heapprof explain %s", shellQuote(saved))
	}
}

// tellAllocators prints after words which allocators were recorded by patching. Those that could not be
// are in the profile's notes.
func (s *Streams) tellAllocators(words string, r *tracker.Result) {
	var seen []string
	all := slices.SortedFunc(slices.Values(r.Allocators), func(a, b tracker.Allocator) int {
		return cmp.Or(cmp.Compare(b.Functions, a.Functions), cmp.Compare(allocatorWords(a.Family), allocatorWords(b.Family)), cmp.Compare(a.File, b.File))
	})
	for _, a := range all {
		seen = append(seen, fmt.Sprintf("%s in %s (%s)", allocatorWords(a.Family), a.File, human.Counted(uint64(a.Functions), "function")))
	}
	if len(seen) > 0 {
		s.say("%s: %s", words, strings.Join(seen, ", "))
	}
}

// replaced returns the names of the programs that were replaced by exec before the last.
func replaced(programs []string) string {
	if n := len(programs); n > 1 {
		return fmt.Sprintf("%s and %s in turn", programs[0], human.Counted(uint64(n-1), "more program"))
	}
	return programs[0]
}

// listedUnrecorded is how many programs that were not recorded the summary names.
const listedUnrecorded = 5

// listUnrecorded prints which children's programs were not recorded, and why.
func (s *Streams) listUnrecorded(programs []tracker.Unrecorded) {
	if len(programs) == 0 {
		return
	}
	fmt.Fprintln(s.Err)
	for _, p := range programs[:min(len(programs), listedUnrecorded)] {
		s.say("%s was not recorded (%s): it %s", p.Program, human.Counted(p.Times, "time"), causeAndHint(p.Cause))
	}
	if n := len(programs) - listedUnrecorded; n > 0 {
		s.say("so it is of %s more", human.Counted(uint64(n), "program"))
	}
}

// endingWords returns how the program ended, in words.
func endingWords(r *tracker.Result) string {
	if r.OutOfMemory != nil {
		return outOfMemoryWords(r.OutOfMemory)
	}
	return endWords(r.Signal, r.ExitCode)
}

// endWords returns how a program ended that a signal ended, or that exited with a status.
func endWords(signal, status int) string {
	if signal != 0 {
		return fmt.Sprintf("was ended by signal %d (%s)", signal, signalName(signal))
	}
	return fmt.Sprintf("exited with status %d", status)
}
