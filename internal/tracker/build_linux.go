//go:build linux && (amd64 || arm64)

package tracker

import (
	"cmp"
	"os"
	"time"

	"heapprof/internal/profile"
	"heapprof/internal/tracker/clock"
	"heapprof/internal/tracker/heap"
	"heapprof/internal/tracker/naming"
	"heapprof/internal/tracker/patcher"
	"heapprof/internal/tracker/replay"
)

// builder makes profiles of images.
type builder struct {
	clock  clock.Clock // made when the first program was started
	naming naming.Options

	attached func(recorded) *profile.Attached // returns how the recording came to an image's process that ran already; nil if it did not

	noCommandLine bool // Options.NoCommandLine
	depth         int  // Options.Depth
	maxNodes      int  // Options.MaxNodes
	frees         bool // Options.Frees
	mappings      bool // Options.Mappings
	sampling      profile.Sampling

	patcher  *patcher.Patcher // knows what was patched, and so what was recorded
	retained Retained         // Options.Retained
	limit    profile.Limit    // Options.Limit
}

// recorded is what was recorded of an image, and what it was answered when it asked what to
// patch.
type recorded struct {
	*replay.Snapshot
	answers *patcher.Answers // nil: it has never asked for a plan
	kept    keeping          // copies of its process
	dump    *profile.Dump    // why its profile is written though it runs on; nil: it has ended
}

// patched returns what the patcher needs to know of the image to tell what was patched in
// it. missed is how many calls are known to be missing.
func (r recorded) patched(missed uint64) patcher.Image {
	image := patcher.Image{Own: r.answers, Missed: missed}
	image.InForce, _ = r.Origin.(*patcher.Answers)
	for _, m := range r.Modules {
		image.Libraries = append(image.Libraries, patcher.Library{Path: m.Path, Bypasses: m.Bypasses})
	}
	return image
}

// ending is how a process ended.
type ending struct {
	exitCode, signal int
	outOfMemory      *profile.OutOfMemory
	unprofiled       uint64        // processes that were not recorded
	cpu              time.Duration // as in launch.Ending; 0: not known
}

// unknownEnding is the ending of a process that is no child of this one, and of an image
// that was replaced by exec.
var unknownEnding = ending{exitCode: -1}

// times converts an image's stamps and ticks to times in microseconds.
type times struct {
	num, den uint64 // of a tick
	start    uint64 // the image's stamp
}

// since returns how long after the image's start a stamp was, in microseconds.
func (t times) since(stamp uint64) uint64 { return t.span(heap.Ticks{Lo: stamp - min(t.start, stamp)}) }

// span returns a number of ticks in microseconds.
func (t times) span(ticks heap.Ticks) uint64 { return ticks.Scale(t.num, t.den) }

// unknownFrees returns how many blocks were freed that were not seen being allocated, but for those that were not
// to be counted.
func unknownFrees(p recorded) uint64 {
	if p.Bounded {
		return 0
	}
	return p.Heap.Counts.UnknownFrees
}

// heading returns the profile of an image without its points, and without what is only known of points.
func (b *builder) heading(p recorded, e ending, t times) *profile.Profile {
	made := &profile.Profile{
		Mode:       "heap",
		Verb:       "Allocated",
		Columns:    profile.Lives | profile.Own,
		Units:      profile.Units{Unit: "byte", Units: "bytes", Blocks: "blocks", Time: "µs", MegaTime: "s"},
		ShortLived: 10, // µs, as dhat-rs has it: about the time of a few calls
		Command:    b.command(p),
		PID:        int64(p.PID),
		PeakTime:   t.since(p.Heap.PeakStamp),
		EndTime:    t.since(p.Heap.EndStamp),
		Timeline:   timeline(p, t),
		Recording:  b.recording(p, e, t),
	}
	if !b.sampling.IsExact() {
		made.Columns, made.Sampling = profile.Lives|profile.Temporary, b.counted(p)
	}
	patched := p.patched(unknownFrees(p) + lostEvents(p))
	made.Recording.Notes = b.patcher.Notes(patched)
	if p.Bounded {
		made.Recording.Notes = append(made.Recording.Notes, profile.Note{Code: profile.HarnessLeftOut})
	}
	made.Recording.Notes = append(made.Recording.Notes, pythonNotes(p.Facts)...)
	made.Recording.Allocator = string(allocatorOf(p.Modules, b.patcher.Allocators(patched)))
	return made
}

// profile returns the profile of an image.
func (b *builder) profile(p recorded, e ending) *profile.Profile {
	num, den := b.clock.Rate()
	t := times{num, den, p.Start}
	patched := p.patched(unknownFrees(p) + lostEvents(p))
	made := b.heading(p, e, t)
	made.Moments = moments(p, t)

	options := b.naming
	if p.dump != nil {
		options.Progress = nil // the terminal is the program's
	}
	names := naming.New(p.Snapshot, options)
	var sites []sitePoint
	made.Points, sites = heapPoints(p, t, names)
	made.Recording.Resident = residentOf(p, t, sites)
	var kinds []replay.MappingKind
	if b.mappings && b.patcher.PatchedMappings(patched) {
		made.Recording.Mappings = &profile.Mappings{PeakTime: t.since(p.Mappings.PeakStamp)}
		made.Recording.Mappings.Points, kinds = mappingPoints(p, t, names)
	}
	var freed freedStacks
	if b.frees {
		freed = wantFreed(p, names)
	}
	wantRefused(p, names)
	stacks := names.Resolve()
	var packed profile.StackArena
	for i := range made.Points {
		point, stack := &made.Points[i], stacks[i]
		point.Stack = packed.Add(stack.Frames)
		countRoot(&made.Recording.Counts, stack.Root, point.TotalBlocks)
	}
	made.Recording.Notes = append(made.Recording.Notes, replacedNotes(made.Points, sites, names)...)
	for i, kind := range kinds {
		frames := stacks[len(made.Points)+i].Frames
		made.Recording.Mappings.Points[i].Stack = profile.StackOf(append([]uint32{names.Marker(mappedFrames[kind])}, frames...)...)
	}
	others := stacks[len(made.Points)+len(kinds):]
	if b.frees {
		ofFrees := others[:len(freed)]
		freed.addJumped(names, ofFrees)
		made.Recording.Frees = freed.frees(p, made.Recording, sites, ofFrees)
	}
	b.addRefused(made.Recording, p, t, others[len(freed):])
	made.Frames, made.Modules = names.Frames, names.Modules
	now := made.Normalize()
	for i := range sites {
		sites[i].index = now[sites[i].index]
	}
	if p.dump == nil {
		b.addSnapshots(made, p, t, sites)
	}
	return made
}

// counted returns how an image's blocks were sampled, with the totals that were counted of
// all. What a forked child has from its parent nobody has counted.
func (b *builder) counted(p recorded) profile.Sampling {
	s := b.sampling
	if p.Parent < 0 && !p.Counted.Doubtful && p.Lost() == 0 {
		s.ExactBytes, s.ExactBlocks = p.Counted.Bytes, p.Counted.Blocks
	}
	return s
}

// timeline returns what an image's heap was over time.
func timeline(p recorded, t times) (readings []profile.Reading) {
	for _, s := range p.Heap.Timeline {
		readings = append(readings, profile.Reading{Time: t.since(s.Stamp), Bytes: s.Bytes, Blocks: s.Blocks, RSS: s.RSS})
	}
	return readings
}

// recording returns how an image was recorded, but for what is to be noted of it.
func (b *builder) recording(p recorded, e ending, t times) *profile.Recording {
	host, _ := os.Hostname()
	sinceBegan := times{t.num, t.den, b.clock.Stamp}.since(p.Start)
	recording := &profile.Recording{
		HasFacts: true,
		ByThread: threads(p),
		Depth:    uint64(b.depth),
		Deepest:  p.Deepest,
		MaxNodes: uint64(b.maxNodes),

		Nodes:      uint64(p.Stacks.Len()) - uint64(replay.RootCount),
		NodeEvents: p.Told,

		Program:  p.ProgramPath(),
		Host:     host,
		Start:    b.clock.Time.Add(time.Duration(sinceBegan) * time.Microsecond),
		ExitCode: e.exitCode,
		Signal:   e.signal,
		CPUTime:  uint64(e.cpu.Microseconds()),

		Dump:        p.dump,
		Attached:    b.attached(p),
		OutOfMemory: e.outOfMemory,

		Counts: profile.Counts{
			LostEvents:   lostEvents(p),
			UnknownFrees: unknownFrees(p),
			Unprofiled:   e.unprofiled,

			UnplacedModules: p.Unplaced,
		},
		AnonymousPeak: p.Anonymous,
		StaticBytes:   p.NotHeap.Static,
		StackBytes:    p.NotHeap.Stack,
		Threads:       p.Threads,
	}
	for _, c := range p.Heap.Sizes {
		recording.Sizes = append(recording.Sizes, profile.SizeClass(c))
	}
	recording.Lifetimes = t.addLifetimes(nil, p.Heap.Lifetimes, longestLife(p, t))
	return recording
}

// lostEvents returns how many calls are known not to have been recorded.
func lostEvents(p recorded) uint64 { return p.Lost() + p.Heap.Counts.LostFrees }

// sitePoint is what a site of the heap has become.
type sitePoint struct {
	index int // of its point
	stack replay.StackID
}

// heapPoints returns the points of the heap, and what has become of each site. names makes the
// frames of their stacks.
func heapPoints(p recorded, t times, names *naming.Names) (points []profile.Point, sites []sitePoint) {
	facts := newFacts(p, t)
	points, sites = make([]profile.Point, 0, len(p.Heap.Sites)), make([]sitePoint, len(p.Heap.Sites))
	for id := range replay.StackID(p.Stacks.Len()) {
		site, ok := p.HeapSite(id)
		if !ok || p.Heap.Sites[site].TotalBlocks == 0 {
			continue
		}
		sites[site] = sitePoint{len(points), id}
		points = append(points, pointOf(&p.Heap.Sites[site], t))
		point := &points[len(points)-1]
		rest := point.Rest()
		rest.Chunks, rest.Facts = chunks(p.Heap.Chunks[site]), facts.of(site)
		point.SetRest(rest)
		names.Want(id)
	}
	addPartners(p, points, sites)
	return points, sites
}

// mappingPoints returns the points of the mappings, and the kind of each. names makes the
// frames of their stacks.
func mappingPoints(p recorded, t times, names *naming.Names) (points []profile.Point, kinds []replay.MappingKind) {
	for id := range p.Mappings.Sites {
		s := &p.Mappings.Sites[id]
		if s.TotalBytes == 0 {
			continue // its calls only unmapped or moved something
		}
		points = append(points, pointOf(s, t))
		kinds = append(kinds, p.MappingSites[id].Kind)
		names.Want(p.MappingSites[id].Stack)
	}
	return points, kinds
}

func pointOf(s *heap.SiteResult, t times) profile.Point {
	point := profile.Point{
		TotalBytes:  s.TotalBytes,
		TotalBlocks: s.TotalBlocks,
		PeakBytes:   s.PeakBytes,
		PeakBlocks:  s.PeakBlocks,
		EndBytes:    s.EndBytes,
		EndBlocks:   s.EndBlocks,
	}.With(profile.Rest{
		TotalLifetime:   t.span(s.Lifetime),
		MaxBytes:        s.MaxBytes,
		MaxBlocks:       s.MaxBlocks,
		TemporaryBlocks: s.TemporaryBlocks,
		Reallocs:        s.Reallocs,
	})
	if s.TotalSamples.Blocks != 0 {
		point.Samples = &profile.Samples{Total: profile.Sampled(s.TotalSamples), Peak: profile.Sampled(s.PeakSamples), End: profile.Sampled(s.EndSamples)}
	}
	return point
}

// mappedFrames are the markers that begin the stacks of mappings, by kind.
var mappedFrames = [...]string{
	replay.MappedMemory:   profile.MappedMemory,
	replay.MappedReserve:  profile.MappedReserve,
	replay.MappedFile:     profile.MappedFile,
	replay.MappedBreak:    profile.MappedBreak,
	replay.MappedByMremap: profile.MappedByMremap,
}

// command is the command line of a process, or its program alone.
func (b *builder) command(p recorded) string {
	if b.noCommandLine {
		return p.ProgramPath()
	}
	return cmp.Or(p.Command, p.answers.Command(), p.ProgramPath())
}

func chunks(runs []heap.SizeRun) []profile.SizeRun {
	var out []profile.SizeRun
	for _, r := range runs {
		out = append(out, profile.SizeRun(r))
	}
	return out
}

func countRoot(c *profile.Counts, root replay.StackID, blocks uint64) {
	switch root {
	case replay.RootWhole:
	case replay.RootFull:
		c.StacklessBlocks += blocks
	case replay.RootTruncated:
		c.TruncatedStacks++
		c.TruncatedBlocks += blocks
	default:
		c.IncompleteStacks++
		c.IncompleteBlocks += blocks
	}
}
