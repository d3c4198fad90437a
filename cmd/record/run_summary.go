package record

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"heapprof/cmd/console"
	"heapprof/cmd/opening"
	"heapprof/cmd/reports"
	"heapprof/cmd/wording"
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
func summarize(s *console.Streams, o *RunOptions, r *tracker.Result, children []child, saved string) {
	fmt.Fprintln(s.Err)
	s.Say("%s %s after %s", filepath.Base(o.Program(r)), EndingWords(r), r.Duration.Round(time.Millisecond))
	tellWhose(s, o, r, children)
	if wording.SignalName(r.Signal) == "SIGSYS" {
		s.Say("a system-call filter (seccomp) ends programs so; if this one runs without heapprof, its filter must let through what heapprof calls, too: %s", neededCalls)
	}
	switch {
	case r.Loaded, !r.Started:
	case r.Signal != 0:
		s.Say("the program ended before the tracker library had anything to tell of it; see whether it ends so without heapprof, too")
	default:
		s.Say("the program did not load the tracker library, so nothing could be seen of it")
	}
	tellAllocators(s, "recorded by patching, too", r)
	tellMarks(s, r)
	tellEvents(s, &o.events, r)
	o.dumps.tell(s)
	tellCopies(s, &o.copies, r)
	// Standard error is all that can go wrong here, and nobody is left to tell.
	source := view.NewSourceByRules(r.Profile, o.rules)
	_ = reports.Summary(s.Err, source, o.top, s.ErrWidth(), s.ErrTerminal && s.Color)
	listChildren(s, children, r.Others)
	listUnrecorded(s, r.Unrecorded)
	found := reports.NewExplainer(source, &opening.SourceFlags{}).First(reports.MostFindings)
	_ = text.Items(s.Err, text.Options{Width: s.ErrWidth(), Color: s.ErrTerminal && s.Color, Items: found, Title: "findings"})
	tellSaved(s, r.Profile, saved, len(found) > 0)
}

// tellSaved says which file a profile is in, and what can be done with that; nothing where it is in none.
func tellSaved(s *console.Streams, p *profile.Profile, saved string, found bool) {
	if saved == "" {
		return
	}
	fmt.Fprintln(s.Err)
	s.Say("the profile is %s; to look at it: heapprof report %s", saved, wording.ShellQuote(saved))
	if p.Totals().TotalBlocks > 0 {
		s.Say("in a browser: heapprof html %s", wording.ShellQuote(saved))
	}
	if found {
		s.Say("what to do: heapprof explain %s", wording.ShellQuote(saved))
	}
}

// tellAllocators prints after words which allocators were recorded by patching. Those that could not be
// are in the profile's notes.
func tellAllocators(s *console.Streams, words string, r *tracker.Result) {
	var seen []string
	all := slices.SortedFunc(slices.Values(r.Allocators), func(a, b tracker.Allocator) int {
		return cmp.Or(cmp.Compare(b.Functions, a.Functions), cmp.Compare(wording.AllocatorWords(a.Family), wording.AllocatorWords(b.Family)), cmp.Compare(a.File, b.File))
	})
	for _, a := range all {
		seen = append(seen, fmt.Sprintf("%s in %s (%s)", wording.AllocatorWords(a.Family), a.File, human.Counted(uint64(a.Functions), "function")))
	}
	if len(seen) > 0 {
		s.Say("%s: %s", words, strings.Join(seen, ", "))
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
func listUnrecorded(s *console.Streams, programs []tracker.Unrecorded) {
	if len(programs) == 0 {
		return
	}
	fmt.Fprintln(s.Err)
	for _, p := range programs[:min(len(programs), listedUnrecorded)] {
		s.Say("%s was not recorded (%s): it %s", p.Program, human.Counted(p.Times, "time"), wording.CauseAndHint(p.Cause))
	}
	if n := len(programs) - listedUnrecorded; n > 0 {
		s.Say("so it is of %s more", human.Counted(uint64(n), "program"))
	}
}

// EndingWords returns how the program ended, in words.
func EndingWords(r *tracker.Result) string {
	if r.OutOfMemory != nil {
		return wording.OutOfMemoryWords(r.OutOfMemory)
	}
	return wording.EndWords(r.Signal, r.ExitCode)
}
