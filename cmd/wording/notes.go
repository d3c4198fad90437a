package wording

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/tracker/patch/allocator"
)

// NoteLines returns a recording's notes in words, one line each. Notes on the whole
// recording come first or last, notes on files between them in alphabetical order.
func NoteLines(notes []profile.Note) []string {
	var first, files, last []string
	for _, n := range notes {
		line := NoteWords(n)
		switch n.Code {
		case profile.ExecNotRecorded:
			first = append(first, line)
		case profile.SharedMemoryOverwritten:
			last = append(last, line)
		default:
			files = append(files, line)
		}
	}
	slices.Sort(files)
	return slices.Concat(first, files, last)
}

// NoteWords returns a note in words.
func NoteWords(n profile.Note) string {
	file, allocators, why := firstFew(n.Files), allAllocators(n.Allocators), allCauses(n.Causes)
	switch n.Code {
	case profile.SharedMemoryOverwritten:
		return "the program wrote over memory that it shares with heapprof: the numbers may be too low"
	case profile.ExecNotRecorded:
		if len(n.Causes) == 1 {
			why = CauseAndHint(n.Causes[0])
		}
		return fmt.Sprintf("%s, which took this program's place by exec, was not recorded: it %s", file, why)
	case profile.FileNotRead:
		return fmt.Sprintf("an allocator in %s, if it has one, is not recorded, for the file could not be read (%s)", file, why)
	case profile.MappedFilesUnknown:
		return fmt.Sprintf("an allocator of the program's own or of its libraries, if there is one, is not recorded, for it is not known what is mapped (%s)", why)
	case profile.AllocatorNotHooked:
		return fmt.Sprintf("%s in %s is not recorded: %s", allocators, file, why)
	case profile.AllocatorLoadedLate:
		return fmt.Sprintf("%s in %s is not recorded: it came by dlopen, and the loader could not be patched: %s", allocators, file, why)
	case profile.FunctionsNotHooked:
		return fmt.Sprintf("%s: not hooked, and so not recorded: %s", file, functionsWords(n.Functions))
	case profile.AllocatorUnseen:
		return fmt.Sprintf("%s: %s %s: %s", file, allocators, unseenWords(n), remedyWords(n.Remedy))
	case profile.AllocatorPartlySeen:
		return fmt.Sprintf("%s: %s %s: %s; %s", file, allocators, why, missedWords(n.Count), remedyWords(n.Remedy))
	case profile.LibcCalledDirectly:
		return fmt.Sprintf("%s: what is allocated there is not recorded, and what is freed there may seem to live on, "+
			"for the calls go to the C library itself (RTLD_DEEPBIND or dlmopen), whose functions %s", file, libcWords(n.Causes))
	case profile.PeakNotCopied:
		return "who holds the blocks was not looked at near the peak: " + why
	case profile.ExitNotCopied:
		return "who holds the blocks was not looked at before the exit: " + why
	case profile.MarksNotCopied:
		return fmt.Sprintf("who holds the blocks was not looked at at %s: %s", human.Counted(n.Count, "mark"), why)
	case profile.HarnessLeftOut:
		return "the numbers are of the test alone: what its harness allocates around it is left out"
	case profile.PythonUnknown:
		return fmt.Sprintf("Python's functions are not in the stacks: heapprof knows those of CPython 3.9 to 3.14, with its lock, and this is %s", cmp.Or(n.Text, "an older one"))
	case profile.MadeReplaced:
		return fmt.Sprintf("%s come through addresses at which the code of several functions lay in turn: some may be another function's than their stacks say", human.Counted(n.Count, "block"))
	case profile.PythonUnlike:
		return fmt.Sprintf("Python's functions are missing in stacks: this build of CPython %s keeps its frames otherwise than the released ones", n.Text)
	case profile.PythonArenas:
		return "Python has objects of up to 512 bytes in memory of its own, where they are not recorded: start the program with PYTHONMALLOC=malloc in its environment to see each"
	case profile.Worded:
		return n.Text
	}
	// A later heapprof wrote it.
	return strings.TrimSpace(fmt.Sprintf("%s %s %s", n.Code, file, allocators))
}

// familyWords are what people call the families of allocators whose codes are other words.
var familyWords = map[string]string{
	allocator.OperatorFamily: "C++ operators",
	allocator.UsersFamily:    "functions that you named",
	allocator.RustFamily:     "Rust's global allocator",
	allocator.TBBFamily:      "TBB's malloc",
}

// AllocatorWords returns what to call an allocator: a family, or a function that the user
// named.
func AllocatorWords(name string) string { return cmp.Or(familyWords[name], name) }

// allAllocators returns what to call several allocators.
func allAllocators(names []string) string {
	words := make([]string, len(names))
	for i, name := range names {
		words[i] = AllocatorWords(name)
	}
	return andAll(words)
}

// functionsWords returns the names of the first few functions, each with why it is not
// hooked.
func functionsWords(all []profile.NotedFunction) string {
	words := make([]string, len(all))
	for i, f := range all {
		words[i] = fmt.Sprintf("%s (%s)", strings.Join(f.Names, " = "), CauseWords(f.Cause))
	}
	return firstFew(words)
}

// libcWords returns that, and why, the C library's functions are not hooked, as the
// predicate of a sentence.
func libcWords(causes []profile.Cause) string {
	if len(causes) == 1 && causes[0].Code == profile.PatchingSwitchedOff {
		return "--no-patch leaves alone"
	}
	return "could not be patched: " + allCauses(causes)
}

// missedWords returns how many calls of an allocator that is hooked in part are known to be
// missing: frees of blocks that were not seen being allocated, and allocations where a
// block seemed to live.
func missedWords(n uint64) string {
	if n == 0 {
		return "nothing that was met shows that a call was missed, but blocks may be missing or seem to live on"
	}
	are := "are"
	if n == 1 {
		are = "is"
	}
	return fmt.Sprintf("%s %s known to be missing and more may be, so that blocks are missing or seem to live on", human.Counted(n, "call"), are)
}

// remedyWords returns what to do about a note, in words.
func remedyWords(r profile.Remedy) string {
	const seePages = "see the pages that it maps with --mmap"
	switch r {
	case profile.SeePages:
		return seePages
	case profile.WithoutLTO:
		return `build it with lto = "off" and codegen-units = 16, or ` + seePages
	case profile.ExactWithoutLTO:
		return `lto = "off" with codegen-units = 16 makes it exact`
	case profile.KeepSymbols:
		return `build it without strip = "symbols" or -s (strip -g leaves what is needed), put its debug file where debuggers look for it, or ` + seePages
	}
	return string(r)
}

// firstFew returns the first few texts in a row, and how many more there are.
func firstFew(all []string) string {
	const named = 3
	words := slices.Clone(all[:min(len(all), named)])
	if n := len(all) - named; n > 0 {
		words = append(words, fmt.Sprintf("%d more", n))
	}
	return strings.Join(words, ", ")
}

// andAll returns the names in a row: "a", "a and b", "a, b and c".
func andAll(names []string) string {
	last := len(names) - 1
	if last <= 0 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}
