package wording

import (
	"fmt"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/finding"
	"heapprof/internal/report/human"
)

// memoryWords are the words of findings about memory that is resident and in no block.
var memoryWords = map[finding.Code]heapWords{
	finding.HiddenAllocator: {
		Title: "memory in no block",
		whole: func(f finding.Finding, u human.Units) string {
			e := f.Grounds.(*finding.Hiding)
			if e.Whole == 0 {
				return fmt.Sprintf("%s of the peak are pages of %s; %s in its environment shows what is in them", u.Size(e.Hidden), e.Runtime.Name, e.Runtime.Switch)
			}
			return fmt.Sprintf("%s of %s; %s", human.Bytes(e.Hidden), wholeHidden(e), whoHides(f))
		},
		Evidence: func(f finding.Finding, u human.Units) []string {
			e := f.Grounds.(*finding.Hiding)
			switch {
			case e.Whole == 0:
				return []string{fmt.Sprintf("At the peak %s had %s in %s; what is in them is in no block of its own.",
					e.Runtime.Name, u.Size(e.Hidden), u.Blocks(e.Pages))}
			case e.Anonymous:
				return []string{fmt.Sprintf("The process had %s of anonymous memory at its peak, of which blocks explain %s.", human.Bytes(e.Whole), u.Size(e.Live))}
			}
			return []string{fmt.Sprintf("When the gap was the widest, %s were resident: %s in mappings that malloc did not make, and %s were live in blocks.",
				human.Bytes(e.Whole), human.Bytes(e.Hidden), u.Size(e.Live))}
		},
		Mistaken: "the program maps data of its own on purpose, with mmap",
		Try: func(f finding.Finding, l profile.Language) []string {
			e := f.Grounds.(*finding.Hiding)
			if f.Remedy == finding.UseMalloc {
				return []string{fmt.Sprintf("Record it with %s in its environment: every object is a block then.", e.Runtime.Switch)}
			}
			if do := advice(f); do != "" {
				return []string{"To see whose it is: " + do + "."}
			}
			return []string{"See it by the runtime's own means: " + runtimeHeaps[e.Runtime.Name].advice + "."}
		},
	},
	finding.ResidentGap: {
		Title: "resident, not live",
		whole: func(f finding.Finding, u human.Units) string {
			e := f.Grounds.(*finding.Gap)
			return fmt.Sprintf("%s of %s resident, %s", human.Bytes(e.Free), human.Bytes(e.Resident), gapWords(f, u))
		},
		Evidence: func(f finding.Finding, u human.Units) []string {
			e := f.Grounds.(*finding.Gap)
			evidence := []string{
				fmt.Sprintf("After %s, %s were resident, %s live in blocks, and %s free in the allocator's hands; half of that for %s of the run.",
					secondsWords(e.When, u), human.Bytes(e.Resident), u.Size(e.Live), human.Bytes(e.Free), u.Percentage(100*e.Lasts)),
			}
			words := map[profile.ResidentKind]string{
				profile.Pinned:        "of %s, less than a quarter is live: %s are free in them, and no allocator can give such a page back.",
				profile.Between:       "%s have live blocks and %s between them.",
				profile.FreeArenas:    "%s of threads have %s in pages without a live block.",
				profile.FreeAllocator: "%s of the allocator's have %s in pages without a live block.",
			}[e.Cause]
			if words != "" {
				noun := map[profile.ResidentKind]string{profile.FreeArenas: "arena", profile.FreeAllocator: "mapping"}[e.Cause]
				if noun == "" {
					noun = "page"
				}
				said := fmt.Sprintf(words, human.Counted(e.Count, noun), human.Bytes(e.Bytes))
				evidence = append(evidence, strings.ToUpper(said[:1])+said[1:])
			} else {
				evidence = append(evidence, fmt.Sprintf("%s are pages without a live block in the main heap. Of these glibc gives back by itself only what is above the highest block, of this site, and above the freed ones that it keeps for a thread.", human.Bytes(e.Bytes)))
			}
			if e.PinningBlocks > 0 {
				evidence = append(evidence, fmt.Sprintf("%s of this site lie in %s of these and keep %s.", u.Blocks(e.PinningBlocks), human.Counted(e.PinnedPages, "page"), human.Bytes(e.PinnedBytes)))
			}
			return evidence
		},
		Mistaken: "the program needs as much again soon",
		Try: func(f finding.Finding, l profile.Language) []string {
			e := f.Grounds.(*finding.Gap)
			return GapAdvice(profile.ResidentPart{Kind: e.Cause, Count: e.Count, Name: e.Name})
		},
	},
}

// runtimeHeap is how the heap of a runtime that has no switch is said.
type runtimeHeap struct{ objects, advice string }

var runtimeHeaps = map[string]runtimeHeap{
	"node":   {"JavaScript's objects", "node --heap-prof records it"},
	"java":   {"objects", "jcmd PID GC.class_histogram shows it"},
	"deno":   {"JavaScript's objects", "a heap snapshot by deno --inspect shows it"},
	"dotnet": {"objects", "dotnet-gcdump shows it"},
	"luajit": {"Lua's objects", "collectgarbage(\"count\") tells its size"},
	"pypy":   {"objects", "gc.get_stats() tells its size"},
	"ruby":   {"objects", "its objspace library shows it"},
	"guile":  {"objects", "(gc-stats) shows it"},
	"gcc":    {"trees", "gcc -fmem-report shows it"},
	"D":      {"what its collector frees", "run with the argument --DRT-gcopt=gc:manual, it has each block from malloc, and frees none by itself"},
	"Nim":    {"objects", "built by nim with --mm:orc -d:useMalloc, it has each block from malloc"},
}

// wholeHidden returns what a hidden heap is a part of.
func wholeHidden(e *finding.Hiding) string {
	if e.Anonymous {
		return human.Bytes(e.Whole) + " of anonymous memory"
	}
	return human.Bytes(e.Whole) + " resident"
}

// whoHides says who has memory that is in no block, as far as that is known, and how to see it.
func whoHides(f finding.Finding) string {
	e := f.Grounds.(*finding.Hiding)
	unknown := "the program uses mmap itself"
	if e.Anonymous {
		unknown = "its allocator keeps it free, or the program uses mmap itself"
	}
	switch f.Remedy {
	case finding.UseMalloc:
		return fmt.Sprintf("%s has an allocator of its own: set %s in its environment", e.Runtime.Name, e.Runtime.Switch)
	case finding.AskRuntime:
		heap := runtimeHeaps[e.Runtime.Name]
		return fmt.Sprintf("%s has a heap of its own for %s: %s", e.Runtime.Name, heap.objects, heap.advice)
	case finding.SeeNotes:
		return "not all of its allocator could be hooked: see the notes"
	case finding.RecordMappings:
		return unknown + ", or an allocator that is not known: run --mmap shows who mapped it"
	}
	return unknown + ": " + advice(f)
}

// gapWords says in a few words why memory is resident that no block is in.
func gapWords(f finding.Finding, u human.Units) string {
	e := f.Grounds.(*finding.Gap)
	switch e.Cause {
	case profile.Pinned:
		if e.PinningBlocks > 0 {
			return fmt.Sprintf("in pages kept by %s of %s", u.Blocks(e.PinningBlocks), foundAt(f))
		}
		return "in pages kept by few blocks each"
	case profile.FreeArenas:
		return "free in " + human.Counted(e.Count, "arena") + " of threads"
	case profile.FreeAllocator:
		return "free, and not given back by " + e.Name
	case profile.FreeHeap:
		if f.Site != nil {
			return "free in the main heap, whose highest block is of " + foundAt(f)
		}
		return "free in the main heap"
	}
	return "free between live blocks"
}

// GapAdvice returns what to do about a part of the memory that is resident and free.
func GapAdvice(e profile.ResidentPart) []string {
	switch e.Kind {
	case profile.Pinned, profile.Between:
		return []string{
			"Allocate what stays apart from what goes: before it, or from an arena of its own.",
			"Or copy what stays into one block when the rest is freed.",
		}
	case profile.FreeArenas:
		const many = 2
		if e.Count <= many {
			return []string{"malloc_trim(0) after the large part is freed gives back all whole pages, wherever they are."}
		}
		return []string{
			"MALLOC_ARENA_MAX=2 in its environment (or mallopt(M_ARENA_MAX, 2)) has threads share arenas; malloc_trim(0) gives back what is free in all.",
		}
	case profile.FreeAllocator:
		switch {
		case strings.Contains(e.Name, "jemalloc"):
			return []string{"MALLOC_CONF=dirty_decay_ms:1000,background_thread:true in its environment has jemalloc give back sooner."}
		case strings.Contains(e.Name, "mimalloc"):
			return []string{"MIMALLOC_PURGE_DELAY=0 in its environment has mimalloc give back at once."}
		case strings.Contains(e.Name, "tcmalloc"):
			return []string{"TCMALLOC_RELEASE_RATE=10 in its environment, or MallocExtension::ReleaseFreeMemory, has tcmalloc give back."}
		}
		return []string{"See how its allocator is told to give back what is free."}
	}
	return []string{
		"malloc_trim(0) after the large part is freed gives back all whole pages, wherever they are.",
		"Or allocate what stays before what goes: glibc gives back by itself only what is above the highest block.",
	}
}
