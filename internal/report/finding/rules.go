package finding

import "heapprof/internal/profile"

// rule finds one thing about the heap. Its conditions are constants beside it, and its comment
// says when it would be mistaken.
type rule struct {
	code   Code
	aspect aspect
	weight weight

	// What of a profile it rests on. It is not asked where that is missing.
	columns   profile.Columns
	facts     bool // the points' facts
	moments   bool // their states over time
	snapshots bool // who held what at a moment
	sampled   bool // estimates carry it, too
	attached  bool // blocks from before the recording, of which nothing is known, take nothing from it

	// Either of both: what it finds of one site, or in the heap as a whole.
	site func(*Subject) (Finding, bool)
	heap func(*Heap) []Finding
}

// aspect is what a rule looks at. Of one site there is one finding of each.
type aspect uint8

// The aspects.
const (
	staying  aspect = iota // how long blocks stay
	turnover               // how they come, grow and go
	layout                 // how they lie in memory
	inside                 // what is in them
	owner                  // what holds them
	process                // what is in no block
)

// weight is how much a finding matters before its amount is looked at.
type weight uint8

// The weights, the most important first.
const (
	fatal         weight = iota // what ended the program
	lostForGood                 // memory that becomes more and more
	moreThanNeeds               // memory or time that could be saved
	noFault                     // what only looks like one, or is good to know
)

// rules are all rules about the heap. Of one aspect those that are more special come first,
// for the first one that holds of a site is told.
var rules = []rule{
	{code: OutOfMemory, aspect: process, weight: fatal, sampled: true, heap: outOfMemory},
	{code: EndedRefused, aspect: process, weight: fatal, sampled: true, heap: endedRefused},
	{code: Unreachable, aspect: staying, weight: lostForGood, columns: profile.Peak | profile.End | profile.Reallocs, facts: true, snapshots: true, heap: unreachable},
	{code: ForgottenPath, aspect: staying, weight: lostForGood, columns: profile.Peak | profile.End | profile.Reallocs, facts: true, moments: true, site: forgottenPath},
	{code: Grows, aspect: staying, weight: lostForGood, columns: profile.Peak | profile.End | profile.Reallocs, facts: true, moments: true, attached: true, site: grows},
	{code: OutlivesUse, aspect: staying, weight: moreThanNeeds, columns: profile.Peak | profile.End, facts: true, moments: true, site: outlivesUse},
	{code: FreedAtExit, aspect: staying, weight: moreThanNeeds, columns: profile.Peak | profile.End | profile.Reallocs, facts: true, moments: true, site: freedAtExit},
	{code: LevelledOff, aspect: staying, weight: noFault, columns: profile.Peak | profile.End, facts: true, moments: true, site: levelledOff},
	{code: ConstantGrowth, aspect: turnover, weight: moreThanNeeds, facts: true, attached: true, site: constantGrowth},
	{code: PeakCopy, aspect: turnover, weight: moreThanNeeds, columns: profile.Peak, facts: true, site: peakCopy},
	{code: UnreservedGrowth, aspect: turnover, weight: moreThanNeeds, facts: true, attached: true, site: unreservedGrowth},
	{code: Rebuilt, aspect: turnover, weight: moreThanNeeds, columns: profile.Lives | profile.Reallocs, facts: true, attached: true, heap: rebuilt},
	{code: Paired, aspect: turnover, weight: moreThanNeeds, columns: profile.Reallocs, facts: true, attached: true, heap: paired},
	{code: HandedOver, aspect: turnover, weight: moreThanNeeds, columns: profile.End | profile.Reallocs, facts: true, attached: true, site: handedOver},
	{code: Churn, aspect: turnover, weight: moreThanNeeds, columns: profile.Temporary | profile.Reallocs, attached: true, site: churn},
	{code: Tiny, aspect: turnover, weight: moreThanNeeds, columns: profile.Lives | profile.Reallocs, facts: true, attached: true, site: tiny},
	{code: SparseChunks, aspect: inside, weight: moreThanNeeds, columns: profile.Peak, facts: true, moments: true, snapshots: true, site: sparseChunks},
	{code: EmptyContainers, aspect: inside, weight: moreThanNeeds, columns: profile.Peak, facts: true, moments: true, snapshots: true, site: emptyContainers},
	{code: ConstantBytes, aspect: inside, weight: moreThanNeeds, columns: profile.Peak, facts: true, moments: true, snapshots: true, site: constantBytes},
	{code: UnusedCapacity, aspect: inside, weight: moreThanNeeds, columns: profile.Peak, facts: true, moments: true, snapshots: true, site: unusedCapacity},
	{code: Duplicates, aspect: inside, weight: moreThanNeeds, columns: profile.Peak, facts: true, moments: true, snapshots: true, site: duplicates},
	{code: OneOwner, aspect: owner, weight: noFault, columns: profile.Peak, snapshots: true, heap: oneOwner},
	{code: HiddenAllocator, aspect: process, weight: moreThanNeeds, columns: profile.Peak, sampled: true, heap: hiddenAllocator},
	{code: ResidentGap, aspect: process, weight: moreThanNeeds, facts: true, heap: residentGap},
	{code: LimitCrossed, aspect: process, weight: noFault, sampled: true, heap: limitCrossed},
	{code: Rounding, aspect: layout, weight: moreThanNeeds, columns: profile.Peak, site: rounding},
}
