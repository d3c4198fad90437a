package wording

import (
	"fmt"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/finding"
	"heapprof/internal/report/human"
)

// heldWords are the words of findings about what held blocks, and what was in them.
var heldWords = map[finding.Code]heapWords{
	finding.Unreachable: {
		Title: "lost",
		amount: func(f finding.Finding, u human.Units) string {
			return fmt.Sprintf("%s in %s", u.Size(f.Amount.Bytes), u.Blocks(f.Amount.Blocks))
		},
		details: func(f finding.Finding, u human.Units) []string {
			e := f.Grounds.(*finding.Lost)
			details := []string{"nothing points to them"}
			switch {
			case f.Site == nil:
				return []string{fmt.Sprintf("of %s that report --leaks shows", human.Counted(uint64(e.Sites), "site"))}
			case e.CyclicBlocks > 0 && e.DirectBlocks == 0:
				details = []string{"only their own cycles point to them"}
			case e.HangingBlocks > 0:
				details = []string{fmt.Sprintf("nothing points to %s, on which the others hang", u.Blocks(e.DirectBlocks+e.CyclicBlocks))}
			}
			if e.PerSecond > 0 {
				details = append(details, perSecondWords(e.PerSecond, u))
			}
			return details
		},
		Evidence: func(f finding.Finding, u human.Units) []string {
			e := f.Grounds.(*finding.Lost)
			evidence := []string{fmt.Sprintf("This was looked at %s, after %s: no variable, no frame, no register and no block that one of these leads to pointed to them.",
				lookedWords(e.Looked), secondsWords(e.When, u))}
			if e.DirectBlocks > 0 {
				evidence = append(evidence, fmt.Sprintf("To %s, %s, not even a lost block pointed.", u.Blocks(e.DirectBlocks), u.Size(e.DirectBytes)))
			}
			if e.CyclicBlocks > 0 {
				evidence = append(evidence, fmt.Sprintf("%s, %s, are in cycles: they hold each other%s.", u.Blocks(e.CyclicBlocks), u.Size(e.CyclicBytes), cycleWords(f)))
			}
			if e.HangingBlocks > 0 {
				evidence = append(evidence, fmt.Sprintf("%s, %s, hang on these alone, and are lost with them.", u.Blocks(e.HangingBlocks), u.Size(e.HangingBytes)))
			}
			if f.Site == nil {
				return evidence
			}
			freed := fmt.Sprintf("Of the site's %s %s freed", u.Blocks(e.Blocks), wereWords(e.Freed, u))
			if e.PerSecond > 0 {
				freed += ", and it grew by " + perSecondWords(e.PerSecond, u) + " to the end"
			}
			evidence = append(evidence, freed+".")
			if e.Before {
				evidence = append(evidence, "Most of it was lost at an earlier look already.")
			}
			return evidence
		},
		Mistaken: "the program let go of them on purpose just before it ended",
		Try: func(f finding.Finding, l profile.Language) []string {
			e := f.Grounds.(*finding.Lost)
			var try []string
			if e.CyclicBlocks > 0 {
				try = append(try, map[profile.Language]string{
					profile.CPlusPlus: "Break the cycle: a std::weak_ptr where the child points to its parent.",
					profile.Rust:      "Break the cycle: a Weak (Rc::downgrade) where the child points to its parent.",
				}[l])
				if try[0] == "" {
					try[0] = "Break the cycle: free its parts one by one, or count only the references that come from outside."
				}
			}
			if e.DirectBlocks == 0 {
				return try
			}
			switch l {
			case profile.CPlusPlus:
				return append(try, "Find where the last pointer goes: it is overwritten, or its container is cleared or deleted. Own it (std::unique_ptr, a container of values), so that it is freed then.")
			case profile.Rust:
				return append(try, "Look for mem::forget, ManuallyDrop, Box::leak, and into_raw without from_raw.")
			}
			return append(try, "Find where the last pointer goes (it is overwritten, goes out of scope, or is in a block that is freed), and free it before.")
		},
	},
	finding.OneOwner: {
		Title: "one owner",
		whole: func(f finding.Finding, u human.Units) string {
			e := f.Grounds.(*finding.Owning)
			return fmt.Sprintf("%s holds %s in %s, %s of what lived, %s of it below %s", ownerName(e.Owner), u.Size(e.Bytes), u.Blocks(e.Blocks),
				u.Percent(e.Bytes, e.Live), u.Percent(e.MostBytes, e.Bytes), mostWords(e))
		},
		Evidence: func(f finding.Finding, u human.Units) []string {
			e := f.Grounds.(*finding.Owning)
			return []string{
				fmt.Sprintf("After %s, %s lived; %s of that, in %s, would be freed with it, as only it leads to them.", secondsWords(e.When, u), u.Size(e.Live), u.Size(e.Bytes), u.Blocks(e.Blocks)),
				fmt.Sprintf("%s of it are %s, with what these hold.", u.Size(e.MostBytes), mostWords(e)),
			}
		},
		Mistaken: "it is what the program is for",
		Try: func(f finding.Finding, l profile.Language) []string {
			return []string{
				"report --retained shows what it holds, heapprof holders the way to each site or type, and holders --of how large single ones are.",
				"If it is to hold less: bound it, clear it when it is not needed, or store its elements in fewer and smaller blocks.",
			}
		},
	},
	finding.Duplicates: {
		Title: "same bytes again",
		details: func(f finding.Finding, u human.Units) []string {
			e := f.Grounds.(*finding.Repeated)
			return []string{fmt.Sprintf("%s of %s are copies of others", u.Count(e.Blocks), u.Blocks(e.All))}
		},
		Evidence: func(f finding.Finding, u human.Units) []string {
			e := f.Grounds.(*finding.Repeated)
			return []string{
				fmt.Sprintf("After %s it had %s in %s, of which %s in %s had the same bytes as another block; one of each kind is not counted.",
					secondsWords(e.When, u), u.Size(e.Live), u.Blocks(e.All), u.Size(e.Bytes), u.Blocks(e.Blocks)),
				fmt.Sprintf("The most of one kind that one stack has are %s of %s each.", u.Blocks(e.Copies), u.Size(e.Size)),
			}
		},
		Mistaken: "each is to be changed later",
		Try: func(f finding.Finding, l profile.Language) []string {
			switch l {
			case profile.CPlusPlus:
				return []string{"Keep each once and share it: std::shared_ptr<const T>, a set of strings and std::string_view into it, an index into a table.", "Look for values that are passed, stored or captured by copy where a reference would do."}
			case profile.Rust:
				return []string{"Keep each once and share it: Rc or Arc (Arc<str>), Cow, an interner (string_cache, lasso), an index into a table.", "Look for clone and to_owned where a borrow would do."}
			}
			return []string{"Keep each once and share it: a table of what there is, with a count of references or for as long as the program runs."}
		},
	},
	finding.UnusedCapacity: {
		Title: "capacity that is not used",
		details: func(f finding.Finding, u human.Units) []string {
			e := f.Grounds.(*finding.Spare)
			return []string{fmt.Sprintf("%s used of %s in %s", u.Size(e.Used), u.Size(e.Capacity), human.Counted(e.Containers, "container"))}
		},
		Evidence: spareEvidence,
		Mistaken: "they are filled later",
		Try: func(f finding.Finding, l profile.Language) []string {
			switch l {
			case profile.CPlusPlus:
				return []string{"reserve() what is needed and not more; shrink_to_fit() when it has all its elements; a vector of small fixed size by value (std::array, a small vector)."}
			case profile.Rust:
				return []string{"with_capacity what is needed and not more; shrink_to_fit, or into_boxed_slice and into_boxed_str, when it has all its elements; SmallVec for a few."}
			}
			return []string{"Allocate what is needed and not more, or realloc() to the size that is used when it is known."}
		},
	},
	finding.EmptyContainers: {
		Title: "containers with nothing in them",
		details: func(f finding.Finding, u human.Units) []string {
			e := f.Grounds.(*finding.Spare)
			return []string{fmt.Sprintf("%s of %s are empty", u.Count(e.Empty), human.Counted(e.Containers, "container"))}
		},
		Evidence: spareEvidence,
		Mistaken: "they are filled again soon",
		Try: func(f finding.Finding, l profile.Language) []string {
			switch l {
			case profile.CPlusPlus:
				return []string{"Leave out reserve() until the first element comes; clear() keeps the capacity: swap with an empty one, or shrink_to_fit(), where it is not needed again."}
			case profile.Rust:
				return []string{"Use new() until the first element comes; clear() keeps the capacity: mem::take, or shrink_to_fit, where it is not needed again."}
			}
			return []string{"Allocate when the first element comes, and free when the last one goes."}
		},
	},
	finding.SparseChunks: {
		Title: "chunks that are hardly used",
		details: func(f finding.Finding, u human.Units) []string {
			e := f.Grounds.(*finding.Sparse)
			details := []string{fmt.Sprintf("%s of %s in %s used", u.Size(e.Written), u.Size(e.Bytes), human.Counted(e.Chunks, "chunk"))}
			if e.Holder != nil {
				details = append(details, "held by "+ownerName(e.Holder))
			}
			return details
		},
		Evidence: func(f finding.Finding, u human.Units) []string {
			e := f.Grounds.(*finding.Sparse)
			evidence := []string{fmt.Sprintf("After %s it had %s of %s, %s; in pieces of 64 bytes, %s of that had something other than zeroes in them.",
				secondsWords(e.When, u), human.Counted(e.Chunks, "chunk"), article(e.Noun), u.Size(e.Bytes), u.Size(e.Written))}
			if e.Holder != nil {
				evidence = append(evidence, fmt.Sprintf("%s alone held %s of them.", ownerName(e.Holder), u.Size(e.HolderBytes)))
			}
			return evidence
		},
		Mistaken: "it is filled later, or what is taken from it is zeroes; pages that were never touched take no memory",
		Try: func(f finding.Finding, l profile.Language) []string {
			return []string{"Let it begin with smaller chunks, or share one among what lives as long; free it when all that was taken from it is done."}
		},
	},
	finding.ConstantBytes: {
		Title: "constant bytes",
		details: func(f finding.Finding, u human.Units) []string {
			e := f.Grounds.(*finding.Constant)
			if e.Zero == e.Bytes {
				return []string{u.Blocks(e.Blocks) + " of zeroes alone"}
			}
			if e.ZeroBlocks > 0 {
				return []string{fmt.Sprintf("%s, %s of zeroes alone", u.Blocks(e.Blocks), u.Count(e.ZeroBlocks))}
			}
			return []string{u.Blocks(e.Blocks) + " of one byte again and again"}
		},
		Evidence: func(f finding.Finding, u human.Units) []string {
			e := f.Grounds.(*finding.Constant)
			zero := "none of them of 0"
			if e.ZeroBlocks > 0 {
				zero = fmt.Sprintf("%s of them, %s, of 0", u.Count(e.ZeroBlocks), u.Size(e.Zero))
			}
			return []string{fmt.Sprintf("After %s it had %s in %s, of which %s in %s consisted of one byte again and again, %s; most of them had been there for 5%% of the run or more.",
				secondsWords(e.When, u), u.Size(e.Live), u.Blocks(e.All), u.Size(e.Bytes), u.Blocks(e.Blocks), zero)}
		},
		Mistaken: "that is their data, or they are only reserved: pages that were never touched take no memory",
		Try: func(f finding.Finding, l profile.Language) []string {
			return []string{"Allocate it when there is something to put into it, and as large as that is; a sparse table takes less as a map."}
		},
	},
}

// spareEvidence is what findings on containers' capacity rest on.
func spareEvidence(f finding.Finding, u human.Units) []string {
	e := f.Grounds.(*finding.Spare)
	return []string{
		fmt.Sprintf("After %s, %s had %s of capacity by their own pointers or numbers, of which they used %s.", secondsWords(e.When, u), human.Counted(e.Containers, "container"), u.Size(e.Capacity), u.Size(e.Used)),
		fmt.Sprintf("%s of them had no element, and %s of capacity.", u.Count(e.Empty), u.Size(e.EmptyBytes)),
	}
}

// article returns a noun with its indefinite article.
func article(noun string) string {
	if strings.HasPrefix(noun, "a") {
		return "an " + noun
	}
	return "a " + noun
}

// lookedWords says at which moment a snapshot was made.
func lookedWords(k profile.SnapshotKind) string {
	switch k {
	case profile.ExitSnapshot:
		return "when the program called exit, before destructors ran"
	case profile.MarkSnapshot:
		return "at a mark"
	}
	return "near the peak"
}

// cycleWords says what cycles are made of, where the type tells.
func cycleWords(f finding.Finding) string {
	if f.Type == "" {
		return ""
	}
	return " (" + f.Type + ")"
}

// mostWords says what most of what an owner holds hangs on.
func mostWords(e *finding.Owning) string {
	words := strings.TrimSpace(SiteName(e.Most.Site) + " " + e.Most.Site.Place)
	if e.Most.Type != "" {
		words = e.Most.Type + ", " + words
	}
	if e.MostBlocks == 1 {
		return words
	}
	return human.Count(e.MostBlocks) + " × " + words
}

// ownerName says what an owner is called and where it is.
func ownerName(o *profile.Owner) string {
	name, where := OwnerWords(o)
	if where == "" {
		return name
	}
	return name + " (" + where + ")"
}
