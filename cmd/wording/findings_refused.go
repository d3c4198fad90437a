package wording

import (
	"fmt"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/finding"
	"heapprof/internal/report/human"
)

// refusedFindings are the words of findings about allocations that failed, and about a limit.
var refusedFindings = map[finding.Code]heapWords{
	finding.EndedRefused: {
		Title: "ended after a failed allocation",
		whole: func(f finding.Finding, u human.Units) string {
			e := f.Grounds.(*finding.LastRefusal)
			return fmt.Sprintf("by %s, %s after %s: %s", SignalName(e.Signal), secondsWords(e.After, u), refusedAmount(e), refusedAt(f))
		},
		amount: func(f finding.Finding, u human.Units) string {
			return human.Bytes(f.Grounds.(*finding.LastRefusal).MostBytes)
		},
		Evidence: func(f finding.Finding, u human.Units) []string {
			e := f.Grounds.(*finding.LastRefusal)
			evidence := []string{
				fmt.Sprintf("An allocation of %s failed after %s; %s ended the program %s later.", sizesWords(e), secondsWords(e.When, u), SignalName(e.Signal), secondsWords(e.After, u)),
				refuserWords(e.By),
			}
			if e.Times == 1 {
				evidence = append(evidence, fmt.Sprintf("%s lived then, in %s.", u.Size(e.LiveBytes), u.Blocks(e.LiveBlocks)))
			} else {
				evidence = append(evidence, fmt.Sprintf("It was the last of %s of this stack that failed; at the first %s lived, in %s.", human.Counted(e.Times, "call"), u.Size(e.LiveBytes), u.Blocks(e.LiveBlocks)))
			}
			if e.All > e.Times {
				evidence = append(evidence, fmt.Sprintf("In all %s failed: report --refused shows them.", human.Counted(e.All, "call")))
			}
			if why := ImpossibleWords(e.MostBytes); why != "" {
				evidence = append(evidence, fmt.Sprintf("%s is %s.", human.Bytes(e.MostBytes), why))
			}
			return evidence
		},
		Mistaken: "that is how the program means to end where there is no memory, or it ended for another reason just then",
		Try:      endedRefusedAdvice,
	},
	finding.LimitCrossed: {
		Title: "limit hit",
		whole: func(f finding.Finding, u human.Units) string {
			e := f.Grounds.(*finding.OverLimit)
			return fmt.Sprintf("%s after %s by %s", overLimit(e), secondsWords(e.When, u), refusedAt(f))
		},
		amount: func(f finding.Finding, u human.Units) string {
			return human.Bytes(f.Grounds.(*finding.OverLimit).Block)
		},
		Evidence: func(f finding.Finding, u human.Units) []string {
			e := f.Grounds.(*finding.OverLimit)
			evidence := []string{fmt.Sprintf("%s lived in %s; with this block of %s it was more than %s.", u.Size(e.Live), u.Blocks(e.InBlocks), human.Bytes(e.Block), overLimit(e))}
			var holds []string
			for _, h := range e.Holds {
				hold := fmt.Sprintf("%s in %s by %s", u.Size(h.Bytes), u.Blocks(h.Blocks), SiteWords(h.Site))
				if h.Type != "" {
					hold += " (" + h.Type + ")"
				}
				holds = append(holds, hold)
			}
			if len(holds) > 0 {
				evidence = append(evidence, "Most of what lived then: "+strings.Join(holds, "; ")+".")
			}
			return evidence
		},
		Mistaken: "what lived then is what the program is to hold",
		Try: func(f finding.Finding, l profile.Language) []string {
			e := f.Grounds.(*finding.OverLimit)
			if e.Limit.Crossed.Mark == "" {
				return []string{"The site that crosses a limit need not be the one that holds most: report shows who holds the peak."}
			}
			return []string{fmt.Sprintf("The site that crosses a limit need not be the one that holds most: report --at %s shows who held what.", ShellQuote(e.Limit.Crossed.Mark))}
		},
	},
}

// refusedAt returns where an allocation failed, or crossed a limit, and of which type it was.
func refusedAt(f finding.Finding) string {
	if f.Type == "" {
		return foundAt(f)
	}
	return f.Type + "  " + foundAt(f)
}

// refusedAmount returns how much was refused, and whether that was wanted.
func refusedAmount(e *finding.LastRefusal) string {
	switch e.By {
	case profile.RefusedByOrder:
		return sizesWords(e) + " was made to fail"
	case profile.RefusedByLimit:
		return sizesWords(e) + " was refused by --limit"
	}
	return sizesWords(e) + " was refused"
}

// sizesWords returns what was asked for.
func sizesWords(e *finding.LastRefusal) string {
	if e.LeastBytes == e.MostBytes {
		return human.Bytes(e.MostBytes)
	}
	return human.Bytes(e.LeastBytes) + " to " + human.Bytes(e.MostBytes)
}

// overLimit returns the limit that was crossed.
func overLimit(e *finding.OverLimit) string {
	if e.OfBlocks {
		return human.Counted(e.Blocks, "block")
	}
	return human.Bytes(e.Bytes)
}

// refuserWords says in a sentence who refused an allocation.
func refuserWords(by profile.RefusedBy) string {
	switch by {
	case profile.RefusedByAllocator:
		return "The program's allocator refused it, or the system behind that."
	case profile.RefusedByProgram:
		return "An allocator of the program's own refused it and did not ask the one behind it: a limit of its own, as the crate cap sets."
	case profile.RefusedByLimit:
		return "--limit or --limit-blocks refused it."
	case profile.RefusedByOrder:
		return "It was made to fail, by --fail-after, --fail-every or --fail-at."
	}
	return fmt.Sprintf("It was refused by %q.", by)
}

// endedRefusedAdvice says what to do where a program ends as an allocation has failed.
func endedRefusedAdvice(f finding.Finding, l profile.Language) []string {
	e := f.Grounds.(*finding.LastRefusal)
	var try []string
	switch {
	case l == profile.Rust:
		try = append(try, "Where the program could go on without: try_reserve of Vec, String and HashMap returns an error, where push and with_capacity end it.")
	case l == profile.CPlusPlus:
		try = append(try, "Where the program could go on without: catch std::bad_alloc there, or allocate by new (std::nothrow) and check the pointer.")
	default:
		try = append(try, "Check the pointer that the allocation returns, there and in the callers to which it is handed, before it is used.")
	}
	switch {
	case e.By == profile.RefusedByProgram:
		try = append(try, "Raise the limit that the program sets, or hold less: report shows who holds the peak.")
	case e.By == profile.RefusedByAllocator && ImpossibleWords(e.MostBytes) != "":
		try = append(try, "Look how the size comes about: no machine has so much.")
	case e.By == profile.RefusedByAllocator:
		try = append(try, "See what limits it: ulimit -v, memory.max of its cgroup, /proc/sys/vm/overcommit_memory; and who holds the peak, by report.")
	}
	return try
}
