// Package profile is the model of a profile: what a program allocated, by call
// stack, and what is known of how that was recorded. Recorders fill it, codecs (package
// dhat is the first) read and write it, and views aggregate it.
//
// It imports nothing of heapprof's: everything else is built on it.
package profile

// Profile is what a program allocated, by program point.
type Profile struct {
	// Maker is the tool that recorded, as people call it: "heaptrack", "jemalloc", "Go", …; "" for heapprof, and
	// where Mode and Units tell it, as of what valgrind and dhat-rs write.
	Maker string

	// RunsOn says that another tool wrote the profile at a moment of a run, and nobody knows how it ended: what lives is
	// live then, and no leak. A Recording tells that itself.
	RunsOn bool

	Mode string // who measured what: "heap" (valgrind, heapprof), "copy", "ad-hoc", "rust-heap", "rust-ad-hoc", …
	Verb string // what happened to a block: "Allocated", "Copied", …

	Columns  Columns  // those of a Point that were measured; the others are 0 and mean nothing
	Units    Units    // what the columns count
	Sampling Sampling // whether the columns are exact
	Extra    []Extra  // what the points count besides, in Point.Extra: first what counts bytes

	ShortLived uint64 // a lifetime below this many time units is short; only with the column Lifetime
	Command    string // the program's command line
	PID        int64
	PeakTime   uint64 // when the global peak was, in time units; only with the column Peak
	EndTime    uint64 // when recording ended, in time units

	Points  []Point
	Frames  []Frame   // that the points' stacks refer to; entry 0 is Root and is never referenced
	Modules []*Module // in which frames may lie

	Moments  []Moment  // at which the states of the points are known, in the order of time; empty where they are not: see Facts.History
	Timeline []Reading // the heap over time, evenly thinned; empty where nobody followed it

	Span *Span // the part of the run that it is of; nil for all of it. No file has it

	PointThreads []int    // of each point whose its blocks are, an index into Recording.ByThread or NoThread; nil: that is no matter. No file has it: see ByThread
	OnlyThreads  []Thread // whose blocks alone it has; nil: those of all. No file has it

	Later *Later // what was named since it was read; nil: nothing. No file has it

	Merged []Part // what a Merger made it of; nil for a profile of one process

	Recording *Recording // what only heapprof records; nil in a profile that another tool made
}

// Extra is something that only the tool knows that made a profile, as it calls it: "resident_space",
// in "bytes". Where the profile's columns are estimates, whether this is one is not known.
type Extra struct{ Name, Unit string }

// CountsBytes reports whether it is a number of bytes.
func (x Extra) CountsBytes() bool { return x.Unit == "bytes" }

// Later is what frames of a profile have got that its file lacks, as the files of their code were at hand when it was read.
type Later struct {
	Named  uint64   // frames that have got a function
	Lined  uint64   // frames that had a function, and have got its line
	Parted uint64   // frames that have got no name, but where their function begins
	Files  []string // paths of the modules that these frames are in, those with the most first

	ByPath bool // of some of Files the profile has no build-id, so that the files at their paths were believed
}

// KnowsPeakTime reports whether PeakTime is when the peak was: a merged profile has several peaks, and not every tool tells.
func (p *Profile) KnowsPeakTime() bool {
	return p.Columns.Has(Peak) && p.Merged == nil && (p.PeakTime > 0 || p.Recording != nil)
}

// Reading is the state of the heap at one moment of the timeline.
type Reading struct {
	Time   uint64 // since the start, in the profile's time unit
	Bytes  uint64 // live heap bytes
	Blocks uint64 // live blocks
	RSS    uint64 // resident bytes of the process; 0 where unknown
}

// Units names what a profile counts.
type Units struct {
	Unit       string // "byte"
	Units      string // "bytes"
	Blocks     string // "blocks"
	Time       string // "µs" (heapprof, dhat-rs), "instrs" (valgrind)
	MegaTime   string // 10⁶ Time: "s", "Minstr"
	HasByUnits bool   // false where the profile's maker named no unit, units and blocks, and the defaults above are assumed
}

// Sampling is whether the numbers of a profile are exact. In the zero value they are: every
// block was recorded.
type Sampling struct {
	// MeanBytes is how many bytes were allocated from one sampled block to the next,
	// on average. Where it is not 0, all columns of the points are estimates, scaled
	// from the sampled blocks to all, and whoever shows one must say so.
	MeanBytes uint64

	// ExactBytes and ExactBlocks are what was allocated in all, counted of every
	// block and not only of the sampled ones. ExactBlocks is 0 where nobody counted.
	ExactBytes, ExactBlocks uint64
}

// HasTotals reports whether the totals of bytes and blocks are known exactly, though the
// points are estimates.
func (s Sampling) HasTotals() bool { return s.ExactBlocks != 0 }

// IsExact reports whether the numbers are exact, and not estimates.
func (s Sampling) IsExact() bool { return s.MeanBytes == 0 }
