//go:build linux && (amd64 || arm64)

package tracker

import (
	"cmp"
	"os"
	"time"

	"heapprof/internal/dhat"
	"heapprof/internal/symbol"
	"heapprof/internal/tracker/clock"
	"heapprof/internal/tracker/heap"
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

	mappings func(*process) bool // whether they were recorded, too; nil: they were not asked for
	// unseen words what of a process's allocation is not recorded or may not be, of
	// which so much is known to be missing.
	unseen func(*process, dhat.Counts) []string
}

// ending is how a process ended.
type ending struct {
	exitCode, signal int
	unprofiled       uint64 // processes that were not recorded
}

// unknownEnding is that of a process which is not a child, and of an image that
// another one replaced.
var unknownEnding = ending{exitCode: -1}

// profile returns the profile of an image that has ended.
func (b *builder) profile(p *process, e ending) *dhat.Profile {
	num, den := b.clock.Rate()
	state := p.settle()
	account := state.Heap
	micros := func(stamp uint64) uint64 {
		return heap.Ticks{Lo: stamp - min(p.start, stamp)}.Scale(num, den)
	}
	sinceBegan := heap.Ticks{Lo: p.start - min(b.clock.Stamp, p.start)}.Scale(num, den)
	profile := &dhat.Profile{
		Mode:         "heap",
		Verb:         "Allocated",
		HasLifetimes: true,
		Units:        dhat.Units{Unit: "byte", Units: "bytes", Blocks: "blocks", Time: "µs", MegaTime: "s"},
		ShortLived:   10, // µs, as dhat-rs has it: about the time of a few calls
		Command:      b.command(p),
		PID:          int64(p.pid),
		PeakTime:     micros(account.PeakStamp),
		EndTime:      micros(account.EndStamp),
	}
	host, _ := os.Hostname()
	extra := &dhat.Extra{
		Version:  1,
		Depth:    uint64(b.depth),
		Deepest:  p.deepest,
		Program:  p.program(),
		Host:     host,
		Start:    b.clock.Time.Add(time.Duration(sinceBegan) * time.Microsecond),
		ExitCode: e.exitCode,
		Signal:   e.signal,
		Counts: dhat.Counts{
			LostEvents:   p.lost() + account.Counts.LostFrees,
			UnknownFrees: account.Counts.UnknownFrees,
			Unprofiled:   e.unprofiled,

			UnplacedModules: p.unplaced,
		},
	}
	extra.Unseen = b.unseen(p, extra.Counts)
	extra.AnonymousPeak, extra.StaticBytes, extra.StackBytes, extra.Threads = p.anonymous, p.known.static, p.known.stack, p.threads
	for _, s := range account.Timeline {
		extra.Timeline = append(extra.Timeline, dhat.Sample{Time: micros(s.Stamp), Bytes: s.Bytes, Blocks: s.Blocks, RSS: s.RSS})
	}
	for _, c := range account.Sizes {
		extra.Sizes = append(extra.Sizes, dhat.SizeClass(c))
	}
	profile.Extra = extra

	names := newNamer(state, profile, b)
	profile.Points = make([]dhat.Point, 0, len(account.Sites))
	for id := range replay.StackID(state.Stacks.Len()) {
		site, ok := state.HeapSite(id)
		if !ok {
			continue
		}
		s := &account.Sites[site]
		if s.TotalBlocks == 0 {
			continue
		}
		profile.Points = append(profile.Points, dhat.Point{
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
	if b.mappings != nil && b.mappings(p) {
		extra.Mappings = &dhat.Mappings{PeakTime: micros(state.Mapped.PeakStamp)}
		for id, s := range state.Mapped.Sites {
			if s.TotalBytes == 0 {
				continue // its calls only unmapped or moved something
			}
			extra.Mappings.Points = append(extra.Mappings.Points, dhat.Point{
				TotalBytes: s.TotalBytes, TotalBlocks: s.TotalBlocks,
				TotalLifetime: s.Lifetime.Scale(num, den),
				MaxBytes:      s.MaxBytes, MaxBlocks: s.MaxBlocks,
				PeakBytes: s.PeakBytes, PeakBlocks: s.PeakBlocks,
				EndBytes: s.EndBytes, EndBlocks: s.EndBlocks,
			})
			mapped = append(mapped, state.MappingSites[id])
		}
	}
	for _, by := range mapped {
		names.want(by.Stack)
	}
	stacks := names.resolve()
	for i := range profile.Points {
		point, stack := &profile.Points[i], stacks[i]
		point.Frames = stack.frames
		countRoot(&extra.Counts, stack.root, point.TotalBlocks)
	}
	for i, by := range mapped {
		kind := names.text(mappedFrames[by.Kind], -1)
		extra.Mappings.Points[i].Frames = append([]uint32{kind}, stacks[len(profile.Points)+i].frames...)
	}
	profile.Normalize()
	return profile
}

// mappedFrames are the frames that stand for what a site has mapped.
var mappedFrames = [...]string{
	replay.MappedMemory:   dhat.MappedMemory,
	replay.MappedReserve:  dhat.MappedReserve,
	replay.MappedFile:     dhat.MappedFile,
	replay.MappedBreak:    dhat.MappedBreak,
	replay.MappedByMremap: dhat.MappedByMremap,
}

// command is the command line of a process, or its program alone.
func (b *builder) command(p *process) string {
	if b.noCommandLine {
		return p.program()
	}
	command := p.command
	if command == "" && p.told != nil {
		command = p.told.command
	}
	return cmp.Or(command, p.program())
}

func chunks(runs []heap.SizeRun) []dhat.SizeRun {
	var out []dhat.SizeRun
	for _, r := range runs {
		out = append(out, dhat.SizeRun(r))
	}
	return out
}

func countRoot(c *dhat.Counts, root replay.StackID, blocks uint64) {
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
