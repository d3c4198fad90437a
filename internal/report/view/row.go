package view

import "heapprof/internal/report/types"

// Row is one line of a view, with its children in a tree.
type Row struct {
	Kind     Kind
	Site     *Site   // what an Entry stands for
	Stack    []*Site // of an Entry by stack: its frames from the site outward, the first of which is Site
	Count    int     // of a Folded, an Unchanged or an Unasked: how many entries
	Noun     string  // of these: what one of them is, "site"
	Sums     Sums    // of a report's profile, or of the later one of a diff
	Before   Sums    // in a diff: of the earlier profile
	Children []*Row  // in a tree; each node's children add up to the node
	Lines    []*Row  // of an Entry that is a function of several lines: these, which add up to it
	Grown    *Grown  // in a report of growth
	Source   string  // the text of an Entry's only line, or of a Line; "" where it is not at hand

	// Caller names the function that an Entry without a name was called from, or the site
	// of an Entry by type: always, or mostly. It is empty where no function did so mostly.
	Caller     string
	OnlyCaller bool

	// Drop is what freed the blocks of an Entry in a view of frees, at Site, which is empty where
	// another value holds what was dropped. It is nil in all other views, and for a site that
	// allocated.
	Drop *Drop

	// FreedElsewhere is where blocks of an Entry were freed, in a view of leaks: the places with the
	// most blocks first, as in a view of frees.
	FreedElsewhere []*Row
	// Leak is what is known of the blocks of an Entry that were never freed, in a view of leaks of a profile with a snapshot.
	Leak *Leak

	// Via names the package through which the program's own code, the site of an Entry, had
	// the blocks allocated: always, or mostly. It is only asked for with Options.Own.
	Via     string
	OnlyVia bool

	Run *FrameRun // of a Run: what it stands for

	Type types.Type // of an Entry, or an OfType: what its blocks hold; zero where that is not known, or they are of several

	Chunks *Chunks // what an arena or a pool consists of; nil if the row is none

	key        uint32       // of an Entry: see keys
	typ        uint32       // of an Entry: see keys
	brief      *uint64      // in a report of churn: see findBrief
	gross      uint64       // in a tree of a diff: the sizes of the changes below
	stack      stackRef     // by stack, until Stack is made of it
	candidates []chunkPoint // until findChunks
}

// Kind is what a row stands for.
type Kind uint8

// The kinds of rows. All but Entry, Run, OfType, Line and Whole account for what is not shown.
const (
	Entry      Kind = iota
	Self            // in a tree: allocated by the parent itself
	Folded          // below --top, --min or --min-change
	Unchanged       // in a table of a diff: what has as much of the metric as before
	Unfocused       // --focus does not match
	Ignored         // --ignore matches
	NeverFreed      // in a view of frees: of the parent's blocks those that live at the end
	Unasked         // has nothing of what the question is about
	Run             // in a tree: frames that are passed on the way
	OfType          // in a tree: what the parent allocated of a type
	Line            // of an Entry's lines: what was allocated at it
	Whole           // all rows together
)

var kindNames = [...]string{Entry: "entry", Self: "self", Folded: "folded", Unchanged: "unchanged", Unfocused: "unfocused", Ignored: "ignored", NeverFreed: "never-freed", Unasked: "unasked", Run: "run", OfType: "type", Line: "line", Whole: "total"}

func (k Kind) String() string { return kindNames[k] }

// sums returns the row's sums in the profile of the side.
func (r *Row) sums(s *side) *Sums {
	if s.before {
		return &r.Before
	}
	return &r.Sums
}

// points returns how many program points the row is made of.
func (r *Row) points() int { return r.Before.points + r.Sums.points }
