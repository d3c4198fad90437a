// Package finding has the rules that look at a profile, or at a view of it, for what a
// reader should know besides the numbers. What they find is data: a code, the site if it
// is of one, the evidence, and a code for what to do. It is worded elsewhere.
//
// To add a finding about a recording is to add a code here, a rule that returns it, and its
// words in package cmd. One about the heap is a file of its own, with a line in the table of
// rules.go.
//
// It imports the profile, sizeclass, human, held and view.
package finding

import (
	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/view"
)

// Code is what was found. Beside each stands what its Evidence has.
type Code string

// What of a recording was lost or could not be told.
const (
	SplitDebugMissing Code = "split-debug-missing" // Modules, Files: debug information that was built and was not found
	Estimated         Code = "estimated"           // Count: mean bytes from one sampled block to the next; Blocks: that were sampled, 0 where it is not known; Better: with SampleMore
	Unsampled         Code = "unsampled"           // Count: mean bytes from one sampled block to the next; Better: with SampleMore
	Noted             Code = "noted"               // Note: what the recorder noted
	StacksCut         Code = "stacks-cut"          // Stacks, Blocks, Units; Depth, Deepest: at --depth
	StacksIncomplete  Code = "stacks-incomplete"   // Stacks, Blocks, Units: could not be followed to the outer end
	StacksUnknown     Code = "stacks-unknown"      // Blocks, Units: had no room in the call tree; Count: --max-nodes, if it was met; Better: with RaiseNodes
	EventsLost        Code = "events-lost"         // Count: allocator calls that were not recorded
	FreesUnknown      Code = "frees-unknown"       // Count: frees of blocks that were not seen to be allocated
	ModulesUnplaced   Code = "modules-unplaced"    // Count: libraries of which nothing is known
	ProcessesLeft     Code = "processes-left"      // Count: child processes that were not profiled
)

// What of a profile is not as a reader would take it to be.
const (
	Nameless       Code = "nameless"        // Share, Metric, Units, Modules, Cause: functions without names
	MadeUnnamed    Code = "made-unnamed"    // Share, Metric, Units, Modules: the program; Runtime: which would name code that it makes
	InlinedMissing Code = "inlined-missing" // Modules: the program, whose debug information would tell inlined functions and types
	Arena          Code = "arena"           // Chunks, Units: a site's blocks are an arena's
	Pool           Code = "pool"            // Chunks, Units: a site's blocks are a pool's
)

// What is known of where blocks were freed.
const (
	MismatchedFrees Code = "mismatched-frees" // Count; Blocks, FreedAt: of the worst, whose blocks Site allocated: by another family's function than allocated
	FreedTwice      Code = "freed-twice"      // Count; Blocks, FreedAt: of the worst, whose blocks Site allocated
	ForeignFrees    Code = "foreign-frees"    // Count; Blocks, FreedAt: of the worst: of pointers that no recorded allocator returned
	FreedElsewhere  Code = "freed-elsewhere"  // Freed, Units: a site's blocks live at the end, and others of it were freed
	DropsInlined    Code = "drops-inlined"    // Modules: the program, which has no debug information that tells inlined drops
	FreesUnrecorded Code = "frees-unrecorded" // where blocks were freed is not known
)

// What a reader may do about a finding; "" where nothing is known. What was Noted has the
// recorder's remedy, one of package profile's.
const (
	KeepSplitDebug   profile.Remedy = "keep-split-debug" // keep the .dwo files, or pack them
	RaiseDepth       profile.Remedy = "raise-depth"      // record with a larger --depth
	RaiseNodes       profile.Remedy = "raise-nodes"      // record with a larger --max-nodes
	RunChildren      profile.Remedy = "run-children"     // record without --no-children
	InstallSymbols   profile.Remedy = "install-symbols"  // install the modules' debug symbols, or have them fetched by the modules' build-ids
	RecordSymbols    profile.Remedy = "record-symbols"   // record again where the modules' debug symbols are installed
	RecordAgain      profile.Remedy = "record-again"
	BuildRustSymbols profile.Remedy = "build-rust-symbols" // install the Rust program's debug symbols, or build it with them
	UseMalloc        profile.Remedy = "use-malloc"         // set Runtime.Switch in the program's environment
	AskRuntime       profile.Remedy = "ask-runtime"        // see Runtime's heap by the runtime's own means
	RecordMappings   profile.Remedy = "record-mappings"    // record with --mmap; else name the hidden allocator
	ShowMappings     profile.Remedy = "show-mappings"      // report --mappings
	SampleMore       profile.Remedy = "sample-more"        // record with a smaller --sample, or without it
	SeeNotes         profile.Remedy = "see-notes"          // see what was Noted
	PairFrees        profile.Remedy = "pair-frees"         // free with the function that belongs to the one that allocated
	UseSanitizer     profile.Remedy = "use-sanitizer"      // build with -fsanitize=address to see the first of the two frees, too
	BuildRustDebug   profile.Remedy = "build-rust-debug"   // build with debug information, by Cargo
	BuildDebug       profile.Remedy = "build-debug"        // build with debug information
	RecordFrees      profile.Remedy = "record-frees"       // record with --frees
	NameMade         profile.Remedy = "name-made"          // have the Runtime name the code that it makes
)

// What a reader may do about a finding of OfHeap.
const (
	FreeOrBound        profile.Remedy = "free-or-bound"         // free what is no longer needed, or bound how much is kept
	GiveBack           profile.Remedy = "give-back"             // have the allocator give back what is free
	FreeOnAllPaths     profile.Remedy = "free-on-all-paths"     // also on the path that forgets it
	FreeBeforePeak     profile.Remedy = "free-before-peak"      // as soon as it is not used any more
	FreeEarlierOrNever profile.Remedy = "free-earlier-or-never" // when it is not needed any more, or leave it to the exit
	FreeWhereAllocated profile.Remedy = "free-where-allocated"  // give it back to its thread, or hand over fewer and larger blocks
	ReuseBuffer        profile.Remedy = "reuse-buffer"          // keep one block and use it again
	AvoidBlocks        profile.Remedy = "avoid-blocks"          // put them into what points to them, or take them from a pool
	Reserve            profile.Remedy = "reserve"               // allocate the last size at once
	GrowByFactor       profile.Remedy = "grow-by-factor"        // make it larger by a factor at each step
	KeepOrArena        profile.Remedy = "keep-or-arena"         // keep the container, or take all of it from an arena
	AllocateOnce       profile.Remedy = "allocate-once"         // one block for both
	FitSize            profile.Remedy = "fit-size"              // a size that the allocator has
	FreeLost           profile.Remedy = "free-lost"             // before the last pointer to it goes, or break the cycle
	SeeHolders         profile.Remedy = "see-holders"           // see what holds it, to bound how much is kept
	ShareEqual         profile.Remedy = "share-equal"           // have one block for all that are equal
	FitCapacity        profile.Remedy = "fit-capacity"          // give back the capacity that is not used
	FitChunks          profile.Remedy = "fit-chunks"            // smaller chunks, or one arena for more
	AllocateLate       profile.Remedy = "allocate-late"         // when it is known that there is something to put into it
)

// Finding is one thing that was found.
type Finding struct {
	Code     Code
	Site     *view.Site // where; nil: in the whole profile
	Evidence Evidence
	Remedy   profile.Remedy

	// What only findings of OfHeap have.
	Amount  Amount
	Type    string   // what Site allocates there; "" where that is not known
	Caller  string   // as in view.Row, of a Site without a name
	Stack   []uint32 // that has most of it: as in profile.Point; nil where Site is
	Grounds any      // what it rests on: a type of its code's own, whose fields have names in JSON

	rule     int        // index into rules
	subjects []*Subject // whose aspect it tells, that of Site first
	covers   []*Subject // others of which it tells all that matters
}

// Evidence are the numbers and names of a finding, as its code says. What a finding
// does not have is the zero value.
type Evidence struct {
	Count          uint64
	Stacks, Blocks uint64
	Depth, Deepest uint64  // as in profile.Recording
	Share          float64 // of Metric, from 0 to 1
	Metric         view.Metric
	Modules        []string // paths, the one with the most first
	Cause          profile.Nameless
	Runtime        *Runtime
	Files          []string // paths
	Chunks         *view.Chunks
	FreedAt        *view.Site
	Freed          []*view.Row // places, as in a view of frees, those with the most blocks first
	Units          human.Units // of Blocks, Share, Freed and the sizes of Chunks
	Note           *profile.Note
	Better         uint64 // mean bytes from one sampled block to the next that would be enough, 0: every block; or a larger --max-nodes
}
