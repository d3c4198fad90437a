// Package wording says in words what is known of a profile: what was found in it, why something lacks, what stands above
// a table, what a diff comes to. It turns data into sentences and knows neither commands nor streams, so that a table, a screen,
// a page and the end of a run say the same of the same profile. The rules for what is said are in package console.
package wording

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/finding"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/report/text"
	"heapprof/internal/report/view"
	"heapprof/internal/tracker"
)

// findingWords returns a finding in words: what was found, why as far as that is known, and
// what to do. It is the one place that words findings. They may quote files' names and
// content, so the words are made fit for a terminal.
func findingWords(f finding.Finding) string {
	said := observation(f)
	if do := advice(f); do != "" {
		separator := ": "
		if strings.Contains(said, separator) {
			separator = "; "
		}
		said += separator + do
	}
	return names.Printable(said)
}

// observation returns what was found, and why as far as that is known, in words.
func observation(f finding.Finding) string {
	e := f.Evidence
	switch f.Code {
	case finding.SplitDebugMissing:
		return fmt.Sprintf("%s lacks debug information that was built in .dwo files, so inlined functions or their names may be missing: %s", path.Base(e.Modules[0]), SomeOf(e.Files))
	case finding.Estimated:
		return estimateWords(e)
	case finding.Unsampled:
		return fmt.Sprintf("no block was sampled, as one is in each %s allocated, on average", human.Bytes(e.Count))
	case finding.Noted:
		return NoteWords(*e.Note)
	case finding.StacksCut:
		return fmt.Sprintf("%s (%s) %s cut at %s", stacksWords(e), e.Units.Blocks(e.Blocks), WasOrWere(e.Stacks), depthWords(f))
	case finding.StacksIncomplete:
		return fmt.Sprintf("%s (%s) could not be followed to the outer end", stacksWords(e), e.Units.Blocks(e.Blocks))
	case finding.StacksUnknown:
		why := "there was no memory for more in its process"
		if e.Count > 0 {
			why = fmt.Sprintf("--max-nodes %d is met", e.Count)
		}
		return fmt.Sprintf("the call tree is full, as %s: %s below [call tree full]", why, e.Units.Blocks(e.Blocks))
	case finding.EventsLost:
		return fmt.Sprintf("%s %s lost: the numbers are too low", human.Counted(e.Count, "allocator call"), WasOrWere(e.Count))
	case finding.FreesUnknown:
		return human.Counted(e.Count, "free") + " of blocks that were not seen to be allocated"
	case finding.ModulesUnplaced:
		return human.Counted(e.Count, "library") + " beyond the first 65,535, or 4,096 at once: stacks there are not named"
	case finding.ProcessesLeft:
		return fmt.Sprintf("%s %s not profiled", human.Counted(e.Count, "child process"), WasOrWere(e.Count))
	case finding.Nameless:
		return fmt.Sprintf("%s of %s has no function names%s", e.Units.Percentage(100*e.Share), e.Units.Metric(e.Metric.String()), namelessWords(e))
	case finding.MadeUnnamed:
		return fmt.Sprintf("%s of %s comes from functions without names, which %s interprets or has made code for", e.Units.Percentage(100*e.Share), e.Units.Metric(e.Metric.String()), e.Runtime.Name)
	case finding.InlinedMissing:
		return fmt.Sprintf("inlined functions and types are not known, as %s has no debug information", path.Base(e.Modules[0]))
	case finding.Arena, finding.Pool:
		return chunkWords(e.Chunks, e.Units)
	case finding.MismatchedFrees, finding.FreedTwice, finding.ForeignFrees:
		return wrongFreesWords(f)
	case finding.DropsInlined:
		return fmt.Sprintf("drops that were inlined are not seen, as %s has no debug information", path.Base(e.Modules[0]))
	case finding.FreesUnrecorded:
		return "where other blocks of these sites were freed was not recorded"
	}
	return string(f.Code) // a finding that has no words yet must not be lost
}

// advice returns what to do about a finding, in words; "" where that is not known, or the
// finding says it already.
func advice(f finding.Finding) string {
	e := f.Evidence
	switch f.Remedy {
	case finding.KeepSplitDebug:
		return fmt.Sprintf("keep these where they were%s, or pack them into %s.dwp with dwp", inDirectory(e.Files), path.Base(e.Modules[0]))
	case finding.RaiseDepth:
		them := "them"
		if e.Stacks == 1 {
			them = "it"
		}
		return fmt.Sprintf("--depth %d keeps %s", e.Deepest, them)
	case finding.RaiseNodes:
		return fmt.Sprintf("--max-nodes %d has room for more, at up to 24 bytes a node in the program", e.Better)
	case finding.RunChildren:
		return "run profiles up to 16,384 unless --no-children is given"
	case finding.InstallSymbols:
		return "install debug symbols for " + SomeOf(e.Modules) + ", or have heapprof symbolize fetch them"
	case finding.RecordSymbols:
		return "record where debug symbols for " + SomeOf(e.Modules) + " are installed"
	case finding.RecordAgain:
		return "record again"
	case finding.BuildRustSymbols:
		return "CARGO_PROFILE_RELEASE_STRIP=none CARGO_PROFILE_RELEASE_DEBUG=1 cargo build --release"
	case finding.BuildRustDebug:
		return "CARGO_PROFILE_RELEASE_DEBUG=1 cargo build --release"
	case finding.ShowMappings:
		return "heapprof report --mappings shows who mapped it"
	case finding.SeeNotes:
		return "see above"
	case finding.SampleMore:
		if e.Better == 0 {
			return "record without --sample to know more"
		}
		size := strings.NewReplacer(".00", "", ".0", "", " ", "").Replace(human.Bytes(e.Better)) // a power of two
		return fmt.Sprintf("record with --sample=%s to know more", size)
	case finding.PairFrees:
		return "free what malloc gave, delete what new gave, and delete[] what new[] gave"
	case finding.UseSanitizer:
		return "a build with -fsanitize=address shows both frees"
	case finding.BuildDebug:
		return "build it with -g, in Rust with CARGO_PROFILE_RELEASE_DEBUG=1"
	case finding.RecordFrees:
		return "heapprof run --frees does"
	case finding.NameMade:
		return namesOfMade[e.Runtime.Name]
	case finding.RecordMappings:
		return "record mmap with --mmap to see who mapped it; where an allocator is hidden keep its symbol table (strip -g instead of strip), " +
			"or name its functions with --alloc-function and --free-function"
	}
	return ""
}

// namesOfMade say how runtimes are had to name the code that they make, by their names.
var namesOfMade = map[string]string{
	"node":   "node --perf-basic-prof --interpreted-frames-native-stack names them",
	"deno":   "deno --v8-flags=--perf-basic-prof,--interpreted-frames-native-stack names them",
	"dotnet": "DOTNET_PerfMapEnabled=1 in its environment names them, before .NET 6 COMPlus_PerfMapEnabled=1",
	"luajit": "a luajit built with make XCFLAGS=-DLUAJIT_USE_PERFTOOLS names the compiled ones",
	"erlang": "erl +JPperf true names them",
}

// WasOrWere returns the verb for n things.
func WasOrWere(n uint64) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

// stacksWords returns a number of stacks. Of a sampled profile more are not known.
func stacksWords(e finding.Evidence) string {
	if e.Units.Estimated {
		return human.Counted(e.Stacks, "sampled stack")
	}
	return human.Counted(e.Stacks, "stack")
}

// estimateWords says which numbers are estimates, and how sure they are.
func estimateWords(e finding.Evidence) string {
	if e.Blocks > 0 {
		return fmt.Sprintf("numbers with a ~ are estimates from %s, one in each %s allocated; 19 in 20 are right within their ±",
			human.Counted(e.Blocks, "sampled block"), human.Bytes(e.Count))
	}
	return fmt.Sprintf("numbers with a ~ are estimates: one block was recorded in each %s that were allocated, on average", human.Bytes(e.Count))
}

// depthWords returns the limit (--depth) at which stacks were cut, and why no other limit
// keeps them, if that is so.
func depthWords(f finding.Finding) string {
	e := f.Evidence
	switch {
	case e.Depth == 0:
		return "--depth"
	case f.Remedy == finding.RaiseDepth:
		return fmt.Sprintf("--depth %d", e.Depth)
	case e.Depth >= tracker.MaxDepth:
		return fmt.Sprintf("--depth %d, which is the most", e.Depth)
	case e.Deepest > tracker.MaxDepth:
		return fmt.Sprintf("--depth %d, and some at %d too, which is the most", e.Depth, tracker.MaxDepth)
	}
	return fmt.Sprintf("--depth %d; --depth %d is the most", e.Depth, tracker.MaxDepth)
}

// namelessWords returns why functions have no names, in words; "" where that is not known.
func namelessWords(e finding.Evidence) string {
	modules := ": " + SomeOf(e.Modules) + " "
	switch e.Cause {
	case "":
		return ""
	case profile.Deleted:
		return modules + "was deleted while the program ran, or only the program sees it"
	case profile.Replaced:
		return modules + "was replaced by another build while the program ran"
	case profile.StrippedRust:
		return modules + "is a Rust program without symbols"
	}
	return modules + string(e.Cause)
}

// chunkWords describes in a few words what an arena's chunks or a pool's pages are.
func chunkWords(c *view.Chunks, u human.Units) string {
	noun, unit := c.Noun, map[string]string{"arena": "chunk", "pool": "page"}[c.Noun]
	if c.Mostly {
		noun = "mostly " + noun
	}
	sizes := " of " + u.Size(c.Least)
	if c.Least != c.Most {
		sizes = fmt.Sprintf(", %s to %s", u.Size(c.Least), u.Size(c.Most))
	}
	text := fmt.Sprintf("%s: %s%s", noun, human.Counted(c.Blocks, unit), sizes)
	if c.Growth == view.Doubling || c.Growth == view.Growing {
		text += ", " + string(c.Growth)
	}
	return text
}

// Remarks returns a function that returns what tables say beside the name of a row.
func Remarks(u human.Units) func(*view.Row) text.Remark {
	return func(r *view.Row) text.Remark {
		var remark text.Remark
		if f, ok := finding.AtRow(r, u); ok {
			remark = text.Remark{Text: findingWords(f), Short: string(f.Code)}
		}
		if f, ok := finding.FreedOnOtherPaths(r, u); ok {
			remark.Below = freedElsewhereWords(f.Evidence)
		}
		for _, words := range leakWords(r, u) {
			remark.Below = append(remark.Below, text.Below{Text: words})
		}
		if grew := grownWords(r.Grown, u); grew != "" && r.Kind == view.Entry {
			remark.Below = append(remark.Below, text.Below{Text: grew})
		}
		return remark
	}
}

// FindingFacts returns findings as facts, in words, for the lines above a table.
func FindingFacts(findings []finding.Finding) []text.Fact {
	var facts []text.Fact
	var noted []profile.Note // which NoteLines puts in order
	for i, f := range findings {
		if f.Code != finding.Noted {
			facts = append(facts, NoteFact(findingWords(f)))
			continue
		}
		noted = append(noted, *f.Evidence.Note)
		if i+1 == len(findings) || findings[i+1].Code != finding.Noted {
			for _, line := range NoteLines(noted) {
				facts = append(facts, NoteFact(names.Printable(line)))
			}
		}
	}
	return facts
}

// NoteFact returns a fact that is a note, marked as a warning.
func NoteFact(words string) text.Fact { return text.Fact{Label: "note", Text: words, Warning: true} }

// inDirectory says in which directory files are, if it is the same for all and known; "" if not.
func inDirectory(files []string) string {
	dir := path.Dir(files[0])
	if !path.IsAbs(dir) || slices.ContainsFunc(files, func(f string) bool { return path.Dir(f) != dir }) {
		return ""
	}
	return ", in " + dir
}

// SomeOf returns the base names of the first few of some paths, and how many more there
// are.
func SomeOf(paths []string) string {
	const most = 3
	var some []string
	for _, p := range paths[:min(len(paths), most)] {
		some = append(some, path.Base(p))
	}
	if rest := len(paths) - most; rest > 0 {
		some = append(some, fmt.Sprintf("%d more", rest))
	}
	return andAll(some)
}
