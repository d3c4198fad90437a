package wording

import (
	"fmt"

	"heapprof/internal/profile"
	"heapprof/internal/report/finding"
	"heapprof/internal/report/human"
)

// stayWords are the words of findings about how long blocks stay.
var stayWords = map[finding.Code]heapWords{
	finding.Grows: {
		Title: "grows without end",
		details: func(f finding.Finding, u human.Units) []string {
			e := f.Grounds.(*finding.Growing)
			freed := freedWords(e.Freed, e.Blocks, u)
			if e.Until < 1 {
				freed += " before exit"
			}
			return []string{perSecondWords(e.PerSecond, u), freed}
		},
		Evidence: func(f finding.Finding, u human.Units) []string {
			e := f.Grounds.(*finding.Growing)
			return []string{
				fmt.Sprintf("After the first %.0f%% of the run it held more in %d of %d equal windows, by %s on average.",
					100*e.From, e.Rising, e.Windows, perSecondWords(e.PerSecond, u)),
				fmt.Sprintf("Of its %s %s freed%s.", u.Blocks(e.Blocks), wereWords(e.Freed, u), untilWords(e.Until, u)),
				fmt.Sprintf("The program freed %s of all its blocks, and allocated %s a second%s.", u.Percentage(100*e.AllFreed), human.Count(uint64(e.Rate)), endedWords(e.Signal)),
			}
		},
		Mistaken: "the program gathers data, for which it waits, and ends",
		Try: func(f finding.Finding, l profile.Language) []string {
			switch l {
			case profile.CPlusPlus:
				return []string{
					"Erase what is no longer needed, or bound how much is kept: a cache with a limit, from which the oldest is taken out.",
					"Own it (std::unique_ptr, a container) rather than new without delete; look for a cycle of std::shared_ptr.",
				}
			case profile.Rust:
				return []string{
					"Remove what is no longer needed, or bound how much is kept: a cache with a limit (lru), a bounded channel, truncate or drain of a Vec.",
					"Look for a cycle of Rc or Arc (Weak breaks it), and for mem::forget, Box::leak and into_raw.",
				}
			}
			return []string{"Free what is no longer needed, or bound how much is kept: a cache with a limit, from which the oldest is taken out."}
		},
	},
	finding.ForgottenPath: {
		Title: "one path forgets to free",
		details: func(f finding.Finding, u human.Units) []string {
			e := f.Grounds.(*finding.Forgotten)
			return []string{fmt.Sprintf("%s of %s never freed, the others soon", u.Count(e.Kept), u.Blocks(e.Blocks))}
		},
		Evidence: func(f finding.Finding, u human.Units) []string {
			e := f.Grounds.(*finding.Forgotten)
			return []string{
				fmt.Sprintf("Of %s %s freed, %s of them within %s.", u.Blocks(e.Blocks), wereWords(e.Freed, u), u.Percent(e.Young, e.Freed), secondsWords(e.Age, u)),
				fmt.Sprintf("The %s that live at the end, %s, were born all through the run: about as many of those allocated in %d of %d equal windows.",
					u.Blocks(e.Kept), u.Size(e.KeptBytes), e.With, e.Windows),
			}
		},
		Mistaken: "those are kept on purpose, such as what is new of all that is read",
		Try: func(f finding.Finding, l profile.Language) []string {
			try := []string{"Follow each way out of the function that allocates and of its callers below: an early return, an error, a break, an element that is replaced."}
			switch l {
			case profile.CPlusPlus:
				return append(try, "Own it from the start (std::unique_ptr, std::string), so that each way out frees it.")
			case profile.Rust:
				return append(try, "Look for mem::forget, ManuallyDrop, Box::leak and into_raw without from_raw on one of them.")
			}
			return append(try, "heapprof run --frees, then report --leaks, shows where the others are freed. One label at the end that frees all (goto out), or "+
				"__attribute__((cleanup)), frees it on every way.")
		},
	},
	finding.OutlivesUse: {
		Title: "kept through the peak",
		details: func(f finding.Finding, u human.Units) []string {
			e := f.Grounds.(*finding.Outliving)
			return []string{fmt.Sprintf("unchanged for %s before it, freed together within %s after", secondsWords(e.Still, u), secondsWords(e.After, u))}
		},
		Evidence: func(f finding.Finding, u human.Units) []string {
			e := f.Grounds.(*finding.Outliving)
			return []string{
				fmt.Sprintf("At the peak it had %s, %s, of which none had been allocated, resized or freed for %s.", u.Blocks(e.Blocks), u.Size(e.Bytes), secondsWords(e.Still, u)),
				fmt.Sprintf("Within %s after the peak 9 in 10 of its bytes were freed.", secondsWords(e.After, u)),
			}
		},
		Mistaken: "they are read until then: whether blocks are read is not recorded",
		Try: func(f finding.Finding, l profile.Language) []string {
			if l == profile.Rust {
				return []string{"Drop it when it was read for the last time, before what makes the peak is built; or consume it piece by piece (into_iter, drain), so that it shrinks while the other grows."}
			}
			return []string{"Free it when it was read for the last time, before what makes the peak is built; or piece by piece, so that it shrinks while the other grows."}
		},
	},
	finding.FreedAtExit: {
		Title: "freed just before exit",
		details: func(f finding.Finding, u human.Units) []string {
			e := f.Grounds.(*finding.FreedLast)
			return []string{fmt.Sprintf("%s in the last %s of the run", u.Blocks(e.Freed), u.Percentage(100*(1-e.Since)))}
		},
		Evidence: func(f finding.Finding, u human.Units) []string {
			e := f.Grounds.(*finding.FreedLast)
			return []string{
				fmt.Sprintf("Of its %s %s, %s, freed in the last %s of the run (%s).",
					u.Blocks(e.Blocks), wereWords(e.Freed, u), u.Size(e.Bytes), secondsWords(e.Last, u), u.Percentage(100*(1-e.Since))),
			}
		},
		Mistaken: "all of it is to be freed, as in a library, or for a check for leaks; and no time is to be saved",
		Try: func(f finding.Finding, l profile.Language) []string {
			earlier := "If it is not needed until then, free it when it was used for the last time."
			switch l {
			case profile.CPlusPlus:
				return []string{earlier, "If it is, leave it to the exit: hold it by a pointer that is never deleted, or end with std::quick_exit after flushing."}
			case profile.Rust:
				return []string{earlier, "If it is, leave it to the exit: std::mem::forget(it), or Box::leak, at the end of main."}
			}
			return []string{earlier, "If it is, leave it to the exit, which gives back all memory at once."}
		},
	},
	finding.LevelledOff: {
		Title: "no leak, levelled off",
		details: func(f finding.Finding, u human.Units) []string {
			e := f.Grounds.(*finding.Levelled)
			return []string{fmt.Sprintf("no more since %s of the run", u.Percentage(100*e.When))}
		},
		Evidence: func(f finding.Finding, u human.Units) []string {
			e := f.Grounds.(*finding.Levelled)
			return []string{
				fmt.Sprintf("It had %s at most, and after %s of the run never more than 1%% above what it had then, though %s of its %s came later.",
					u.Size(e.Most), u.Percentage(100*e.When), u.Count(e.Later), u.Blocks(e.Blocks)),
			}
		},
		Mistaken: "it is fine: it looks like a leak and is none, unless the program did less later on",
		Try: func(f finding.Finding, l profile.Language) []string {
			return []string{"Nothing, for a leak; if it is more than is to be kept, lower its limit."}
		},
	},
}

// untilWords says until when something is told of the run; nothing where that is all of it.
func untilWords(part float64, u human.Units) string {
	if part >= 1 {
		return ""
	}
	return fmt.Sprintf(" until %s of the run were over, and all after that", u.Percentage(100*part))
}

// endedWords says which signal ended a program; nothing where none did.
func endedWords(signal int) string {
	if signal == 0 {
		return ""
	}
	return fmt.Sprintf("; signal %d (%s) ended it", signal, SignalName(signal))
}

// perSecondWords returns a rate.
func perSecondWords(rate float64, u human.Units) string {
	if rate < 0 {
		return "-" + u.Size(uint64(-rate)) + "/s"
	}
	return "+" + u.Size(uint64(rate)) + "/s"
}

// freedWords returns how many of some blocks were freed.
func freedWords(freed, blocks uint64, u human.Units) string {
	return fmt.Sprintf("%s of %s freed", u.Count(freed), u.Blocks(blocks))
}

// wereWords returns a number with its verb.
func wereWords(n uint64, u human.Units) string {
	if n == 0 {
		return "none were"
	}
	return u.Count(n) + " " + WasOrWere(n)
}

// secondsWords returns a duration in seconds as people say it.
func secondsWords(seconds float64, u human.Units) string { return u.Time(1e6 * seconds) }
