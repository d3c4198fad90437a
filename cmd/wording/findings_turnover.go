package wording

import (
	"fmt"

	"heapprof/internal/profile"
	"heapprof/internal/report/finding"
	"heapprof/internal/report/human"
)

// turnoverWords are the words of findings about how blocks come, grow and go, and how they lie
// in memory.
var turnoverWords = map[finding.Code]heapWords{
	finding.PeakCopy: {
		Title: "copied at the peak",
		details: func(f finding.Finding, u human.Units) []string {
			return []string{
				fmt.Sprintf("%s of the peak: the old block beside the larger one", u.Percentage(100*f.Amount.Share)),
			}
		},
		Evidence: growthEvidence,
		Mistaken: mistakenGrowth,
		Try: func(f finding.Finding, l profile.Language) []string {
			return []string{
				reserveWords(l),
				"Where the size is not known beforehand, a container of pieces (std::deque, a list of chunks) grows without a copy.",
			}
		},
	},
	finding.ConstantGrowth: {
		Title: "quadratic copying",
		details: func(f finding.Finding, u human.Units) []string {
			e := f.Grounds.(*finding.Enlarging)
			return []string{fmt.Sprintf("%s to %s", stepsWords(e, u), u.Size(e.Last))}
		},
		Evidence: func(f finding.Finding, u human.Units) []string {
			return append(growthEvidence(f, u), "Each step copies all before it: twice the size is four times the work.")
		},
		Mistaken: "it never becomes larger than in this run",
		Try: func(f finding.Finding, l profile.Language) []string {
			grow := "Make it larger by a factor (twice the size), not by what is added, and keep its capacity beside its size."
			switch l {
			case profile.CPlusPlus:
				grow = "Append in place (s += x, push_back) rather than make a new string of both (s = s + x); do not reserve a little more each time."
			case profile.Rust:
				grow = "Append in place (push_str, extend); reserve, not reserve_exact, grows by a factor."
			}
			return []string{grow, reserveWords(l)}
		},
	},
	finding.UnreservedGrowth: {
		Title: "grows without reserve",
		amount: func(f finding.Finding, u human.Units) string {
			if f.Amount.Of == finding.OfBlocks {
				return amountWords(f.Amount, u)
			}
			return amountWords(f.Amount, u) + " copied"
		},
		details: func(f finding.Finding, u human.Units) []string {
			e := f.Grounds.(*finding.Enlarging)
			steps := fmt.Sprintf("%s to %s", human.Counted(e.Steps, "step"), u.Size(e.Last))
			if e.Chains > 1 {
				steps = fmt.Sprintf("%s of up to %s", human.Counted(e.Chains, "time"), steps)
			}
			return []string{steps}
		},
		Evidence: growthEvidence,
		Mistaken: mistakenGrowth,
		Try: func(f finding.Finding, l profile.Language) []string {
			return []string{reserveWords(l), "Where it is filled again and again, empty it and keep its memory (" + clearWords(l) + ")."}
		},
	},
	finding.Rebuilt: {
		Title: "rebuilt each time",
		details: func(f finding.Finding, u human.Units) []string {
			e := f.Grounds.(*finding.Rebuilding)
			return []string{fmt.Sprintf("%s times some %s that are all freed again", u.Count(e.Times), u.Blocks(e.Each))}
		},
		Evidence: func(f finding.Finding, u human.Units) []string {
			e := f.Grounds.(*finding.Rebuilding)
			return []string{
				fmt.Sprintf("%s, %s, were allocated below it, through %s.", u.Blocks(e.Blocks), u.Size(e.Bytes), human.Counted(uint64(e.Stacks), "stack")),
				fmt.Sprintf("%s times all that lived of them was freed, %s on average.", u.Count(e.Times), u.Blocks(e.Each)),
			}
		},
		Mistaken: "what is built differs so much each time that nothing of it can be kept, or the time is spent elsewhere",
		Try: func(f finding.Finding, l profile.Language) []string {
			arena := "take all of it from an arena that is emptied at once (obstack, a bump allocator)"
			switch l {
			case profile.CPlusPlus:
				arena = "take all of it from a std::pmr::monotonic_buffer_resource, which is released at once"
			case profile.Rust:
				arena = "take all of it from an arena (bumpalo, typed-arena)"
			}
			return []string{"Keep the container from call to call and refill it (" + clearWords(l) + ").", "Or " + arena + "."}
		},
	},
	finding.Paired: {
		Title: "allocated in pairs",
		details: func(f finding.Finding, u human.Units) []string {
			e := f.Grounds.(*finding.Pairing)
			return []string{"each with one of " + foundAt(finding.Finding{Site: e.With})}
		},
		Evidence: func(f finding.Finding, u human.Units) []string {
			e := f.Grounds.(*finding.Pairing)
			return []string{
				fmt.Sprintf("Of %s that were watched %s were allocated and freed right beside one of the other site.", u.Blocks(e.Looked), u.Count(e.Together)),
				fmt.Sprintf("Each site has %s, of %s here and of %s there.", u.Blocks(e.Blocks), u.Size(e.Bytes), u.Size(e.Other)),
			}
		},
		Mistaken: "one of both can be replaced or be missing, if not in this run",
		Try: func(f finding.Finding, l profile.Language) []string {
			switch l {
			case profile.CPlusPlus:
				return []string{"Make one a member of the other, by value; for a std::shared_ptr use std::make_shared."}
			case profile.Rust:
				return []string{"Hold the inner value itself rather than a Box of it."}
			}
			return []string{"Make one a member of the other, or put what is of variable length at its end (a flexible array member)."}
		},
	},
	finding.HandedOver: {
		Title: "handed to another thread",
		amount: func(f finding.Finding, u human.Units) string {
			e := f.Grounds.(*finding.Handing)
			return fmt.Sprintf("%s of %s freed blocks", u.Count(e.Elsewhere), u.Count(e.Freed))
		},
		details: func(f finding.Finding, u human.Units) []string {
			e := f.Grounds.(*finding.Handing)
			return []string{meanWords(u, e.Bytes, e.Blocks)}
		},
		Evidence: func(f finding.Finding, u human.Units) []string {
			e := f.Grounds.(*finding.Handing)
			return []string{fmt.Sprintf("Of %s, %s, %s were freed by another thread than the one that had allocated them.", u.Blocks(e.Freed), u.Size(e.Bytes), u.Count(e.Elsewhere))}
		},
		Mistaken: "the threads wait for something else most of the time",
		Try: func(f finding.Finding, l profile.Language) []string {
			try := []string{
				"Hand over many at once, in one block, or send back what was read, so that its thread uses it again.",
				"mimalloc, jemalloc and tcmalloc free another thread's blocks without its lock; glibc takes that of its arena.",
			}
			if l == profile.Rust {
				try[0] = "Send a Vec of many rather than one each, or send the emptied buffer back by a second channel, so that its thread uses it again."
			}
			return try
		},
	},
	finding.Churn: {
		Title: "churn",
		details: func(f finding.Finding, u human.Units) []string {
			e := f.Grounds.(*finding.Churning)
			return []string{fmt.Sprintf("%s freed before the next allocation", u.Percent(e.Temporary, e.Blocks)), meanWords(u, e.Bytes, e.Blocks)}
		},
		Evidence: func(f finding.Finding, u human.Units) []string {
			e := f.Grounds.(*finding.Churning)
			return []string{
				fmt.Sprintf("Of %s, %s, %s were freed before their thread allocated anything else.", u.Blocks(e.Blocks), u.Size(e.Bytes), u.Count(e.Temporary)),
				fmt.Sprintf("At most %s lived at once.", u.Blocks(e.AtOnce)),
			}
		},
		Mistaken: "the call that allocates is another library's, and has no form that is given a buffer",
		Try: func(f finding.Finding, l profile.Language) []string {
			switch l {
			case profile.CPlusPlus:
				return []string{
					"Move the container out of the loop, or make it a member, and clear() it: it keeps its memory.",
					"Pass std::string_view or a reference where a copy is made only to be read.",
				}
			case profile.Rust:
				return []string{
					"Move the Vec or String out of the loop and clear() it: it keeps its memory.",
					"Borrow (&str, Cow) where a copy is made only to be read; write!() into a buffer rather than format!().",
				}
			}
			return []string{"Keep one buffer and use it again, or put it on the stack where its size is bounded."}
		},
	},
	finding.Tiny: {
		Title: "tiny blocks",
		details: func(f finding.Finding, u human.Units) []string {
			e := f.Grounds.(*finding.TinyBlocks)
			return []string{meanWords(u, e.Bytes, e.Small), fmt.Sprintf("live for %s", lifeWords(u, e.Lifetime))}
		},
		Evidence: func(f finding.Finding, u human.Units) []string {
			e := f.Grounds.(*finding.TinyBlocks)
			return []string{
				fmt.Sprintf("Of %s %s are of at most %s, %s in all.", u.Blocks(e.Blocks), u.Count(e.Small), u.Size(e.Size), u.Size(e.Bytes)),
				fmt.Sprintf("A block lived for %s.", lifeWords(u, e.Lifetime)),
			}
		},
		Mistaken: "the allocator below is made for just this, such as a pool whose blocks are seen one by one",
		Try: func(f finding.Finding, l profile.Language) []string {
			switch l {
			case profile.CPlusPlus:
				return []string{
					"Hold the values in what points to them, or in a container that has many in a block (std::vector, std::deque).",
					"Or take them from a pool (std::pmr::unsynchronized_pool_resource).",
				}
			case profile.Rust:
				return []string{"Hold the value rather than a Box of it; take a SmallVec or an inline string for short contents.", "Or take them from an arena or a slab."}
			}
			return []string{"Put them into what points to them, or into one array.", "Or keep those that are freed in a list of one's own (a pool)."}
		},
	},
	finding.Rounding: {
		Title: "rounded up",
		details: func(f finding.Finding, u human.Units) []string {
			e := f.Grounds.(*finding.RoundedUp)
			return []string{fmt.Sprintf("%s of %s take %s each in %s (computed)", u.Blocks(e.Blocks), exactBytes(e.Size), exactBytes(e.Taken), e.Allocator)}
		},
		Evidence: func(f finding.Finding, u human.Units) []string {
			e := f.Grounds.(*finding.RoundedUp)
			return []string{
				fmt.Sprintf("At the peak it had %s, all of %s.", u.Blocks(e.Blocks), exactBytes(e.Size)),
				fmt.Sprintf("By the published rules of %s such a block takes %s, in which there is room for %s.", e.Allocator, exactBytes(e.Taken), exactBytes(e.Room)),
			}
		},
		Mistaken: "the size is given from outside, such as by a device or a file",
		Try: func(f finding.Finding, l profile.Language) []string {
			e := f.Grounds.(*finding.RoundedUp)
			words := fmt.Sprintf("Use the %s that there is room for", exactBytes(e.Room))
			if e.Less > 0 {
				words = fmt.Sprintf("Make it %s, which takes %s; or use the %s that there is room for", exactBytes(e.Less), exactBytes(e.LessTaken), exactBytes(e.Room))
			}
			return []string{words + ".", "A header before the data often makes the difference: count it in when the size is chosen."}
		},
	},
}

// mistakenGrowth is when growth is no fault.
const mistakenGrowth = "nobody can know beforehand how large it becomes"

// growthEvidence returns what findings about growth rest on.
func growthEvidence(f finding.Finding, u human.Units) []string {
	e := f.Grounds.(*finding.Enlarging)
	evidence := []string{fmt.Sprintf("The longest growth took %s, from %s to %s.", stepsWords(e, u), u.Size(e.First), u.Size(e.Last))}
	if e.Chains > 0 {
		evidence = append(evidence, fmt.Sprintf("%s grew by four steps or more: %s more, %s, which one allocation each would have saved.",
			u.Blocks(e.Chains), u.Count(e.Blocks), u.Size(e.Bytes)))
	}
	if e.Copied > 0 {
		evidence = append(evidence, fmt.Sprintf("When blocks moved, %s were copied.", u.Size(e.Copied)))
	}
	if e.PeakOld > 0 {
		evidence = append(evidence, fmt.Sprintf("At the peak %s of old blocks were live beside the larger ones that took their place.", u.Size(e.PeakOld)))
	}
	return evidence
}

// stepsWords returns the steps of the longest growth, and what each added where that is about the same.
func stepsWords(e *finding.Enlarging, u human.Units) string {
	steps := human.Counted(e.Steps, "step")
	switch {
	case e.Least == e.Most:
		return fmt.Sprintf("%s of %s", steps, u.Size(e.Most))
	case e.Most <= 4*e.Least:
		return fmt.Sprintf("%s of %s to %s", steps, u.Size(e.Least), u.Size(e.Most))
	}
	return steps
}

// reserveWords returns how the last size is allocated at once.
func reserveWords(l profile.Language) string {
	switch l {
	case profile.CPlusPlus:
		return "Call reserve() with the size that is expected before it is filled."
	case profile.Rust:
		return "Make it with with_capacity(), or call reserve(), before it is filled; collect() of an iterator that knows its length does so."
	}
	return "Allocate the size that is expected before it is filled."
}

// clearWords returns how a container is emptied that keeps its memory.
func clearWords(l profile.Language) string {
	switch l {
	case profile.CPlusPlus, profile.Rust:
		return "clear() keeps a vector's and a string's"
	}
	return "set its length to 0"
}

// meanWords returns the average size of some blocks.
func meanWords(u human.Units, bytes, blocks uint64) string {
	return u.Size(bytes/max(blocks, 1)) + " on average"
}

// lifeWords returns how long blocks lived on average, in the profile's unit of time.
func lifeWords(u human.Units, mean float64) string {
	if mean == 0 {
		return "less than " + u.Time(1) // as far as the unit tells
	}
	return u.Time(mean) + " on average"
}

// exactBytes returns a size to the byte.
func exactBytes(n uint64) string { return human.Count(n) + " B" }
