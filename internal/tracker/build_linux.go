//go:build linux && (amd64 || arm64)

package tracker

import (
	"cmp"
	"os"
	"time"

	"heapprof/internal/profile"
	"heapprof/internal/symbol"
	"heapprof/internal/tracker/clock"
	"heapprof/internal/tracker/heap"
	"heapprof/internal/tracker/patcher"
	"heapprof/internal/tracker/replay"
)

// builder makes profiles of what was recorded.
type builder struct {
	clock    clock.Clock // made when the first program was started
	library  string      // path of the tracker library
	naming   func(done, all int)
	resolver *symbol.Resolver

	noCommandLine bool // see Options
	depth         int  // likewise

	patcher *patcher.Patcher // knows what was patched, and so what was recorded
}

// recorded is what was recorded of an image, and what its process was answered.
type recorded struct {
	*replay.Snapshot
	answers *patcher.Answers // nil: it has never asked for a plan
}

// patched is what the patcher is asked about, of which so many calls are known to be missing.
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
	unprofiled       uint64 // processes that were not recorded
}

// unknownEnding is that of a process which is not a child, and of an image that
// another one replaced.
var unknownEnding = ending{exitCode: -1}

// profile returns the profile of an image.
func (b *builder) profile(p recorded, e ending) *profile.Profile {
	num, den := b.clock.Rate()
	account := p.Heap
	micros := func(stamp uint64) uint64 {
		return heap.Ticks{Lo: stamp - min(p.Start, stamp)}.Scale(num, den)
	}
	sinceBegan := heap.Ticks{Lo: p.Start - min(b.clock.Stamp, p.Start)}.Scale(num, den)
	made := &profile.Profile{
		Mode:       "heap",
		Verb:       "Allocated",
		Columns:    profile.Lives | profile.Own,
		Units:      profile.Units{Unit: "byte", Units: "bytes", Blocks: "blocks", Time: "µs", MegaTime: "s"},
		ShortLived: 10, // µs, as dhat-rs has it: about the time of a few calls
		Command:    b.command(p),
		PID:        int64(p.PID),
		PeakTime:   micros(account.PeakStamp),
		EndTime:    micros(account.EndStamp),
	}
	host, _ := os.Hostname()
	recording := &profile.Recording{
		Version:  1,
		Depth:    uint64(b.depth),
		Deepest:  p.Deepest,
		Program:  p.ProgramPath(),
		Host:     host,
		Start:    b.clock.Time.Add(time.Duration(sinceBegan) * time.Microsecond),
		ExitCode: e.exitCode,
		Signal:   e.signal,
		Counts: profile.Counts{
			LostEvents:   p.Lost() + account.Counts.LostFrees,
			UnknownFrees: account.Counts.UnknownFrees,
			Unprofiled:   e.unprofiled,

			UnplacedModules: p.Unplaced,
		},
	}
	patched := p.patched(recording.Counts.UnknownFrees + recording.Counts.LostEvents)
	recording.Notes = b.patcher.Notes(patched)
	recording.AnonymousPeak, recording.StaticBytes, recording.StackBytes, recording.Threads = p.Anonymous, p.NotHeap.Static, p.NotHeap.Stack, p.Threads
	for _, s := range account.Timeline {
		recording.Timeline = append(recording.Timeline, profile.Sample{Time: micros(s.Stamp), Bytes: s.Bytes, Blocks: s.Blocks, RSS: s.RSS})
	}
	for _, c := range account.Sizes {
		recording.Sizes = append(recording.Sizes, profile.SizeClass(c))
	}
	made.Recording = recording

	names := newNamer(p.Snapshot, made, b)
	made.Points = make([]profile.Point, 0, len(account.Sites))
	for id := range replay.StackID(p.Stacks.Len()) {
		site, ok := p.HeapSite(id)
		if !ok {
			continue
		}
		s := &account.Sites[site]
		if s.TotalBlocks == 0 {
			continue
		}
		made.Points = append(made.Points, profile.Point{
			TotalBytes: s.TotalBytes, TotalBlocks: s.TotalBlocks,
			TotalLifetime: s.Lifetime.Scale(num, den),
			MaxBytes:      s.MaxBytes, MaxBlocks: s.MaxBlocks,
			PeakBytes: s.PeakBytes, PeakBlocks: s.PeakBlocks,
			EndBytes: s.EndBytes, EndBlocks: s.EndBlocks,
			TemporaryBlocks: s.TemporaryBlocks,
			Reallocs:        s.Reallocs,
			Chunks:          chunks(account.Chunks[site]),
		})
		names.want(id)
	}
	var mapped []replay.MappingSite
	if b.patcher.PatchedMappings(patched) {
		recording.Mappings = &profile.Mappings{PeakTime: micros(p.Mapped.PeakStamp)}
		for id, s := range p.Mapped.Sites {
			if s.TotalBytes == 0 {
				continue // its calls only unmapped or moved something
			}
			recording.Mappings.Points = append(recording.Mappings.Points, profile.Point{
				TotalBytes: s.TotalBytes, TotalBlocks: s.TotalBlocks,
				TotalLifetime: s.Lifetime.Scale(num, den),
				MaxBytes:      s.MaxBytes, MaxBlocks: s.MaxBlocks,
				PeakBytes: s.PeakBytes, PeakBlocks: s.PeakBlocks,
				EndBytes: s.EndBytes, EndBlocks: s.EndBlocks,
			})
			mapped = append(mapped, p.MappingSites[id])
		}
	}
	for _, by := range mapped {
		names.want(by.Stack)
	}
	stacks := names.resolve()
	for i := range made.Points {
		point, stack := &made.Points[i], stacks[i]
		point.Frames = stack.frames
		countRoot(&recording.Counts, stack.root, point.TotalBlocks)
	}
	for i, by := range mapped {
		kind := names.frame(profile.Marker(mappedFrames[by.Kind]))
		recording.Mappings.Points[i].Frames = append([]uint32{kind}, stacks[len(made.Points)+i].frames...)
	}
	made.Normalize()
	return made
}

// mappedFrames are the frames that stand for what a site has mapped.
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
	case replay.RootTruncated:
		c.TruncatedStacks++
		c.TruncatedBlocks += blocks
	default:
		c.IncompleteStacks++
		c.IncompleteBlocks += blocks
	}
}
