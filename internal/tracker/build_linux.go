//go:build linux && (amd64 || arm64)

package tracker

import (
	"cmp"
	"encoding/hex"
	"maps"
	"os"
	"slices"
	"time"

	"heapprof/internal/dhat"
	"heapprof/internal/symbol"
	"heapprof/internal/tracker/heap"
)

// builder makes profiles of what was recorded.
type builder struct {
	clock    clock     // read when the first program was started,
	began    time.Time // which was then
	library  string    // path of the tracker library
	naming   func(done, all int)
	resolver *symbol.Resolver
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
	num, den := b.clock.rate()
	account := p.heap.Finish(max(p.ended, p.start))
	micros := func(stamp uint64) uint64 {
		return heap.Ticks{Lo: stamp - min(p.start, stamp)}.Scale(num, den)
	}
	sinceBegan := heap.Ticks{Lo: p.start - min(b.clock.stamp, p.start)}.Scale(num, den)
	profile := &dhat.Profile{
		Mode:         "heap",
		Verb:         "Allocated",
		HasLifetimes: true,
		Units:        dhat.Units{Unit: "byte", Units: "bytes", Blocks: "blocks", Time: "µs", MegaTime: "s"},
		ShortLived:   10, // µs, as dhat-rs has it: about the time of a few calls
		Command:      cmp.Or(p.command, p.program()),
		PID:          int64(p.pid),
		PeakTime:     micros(account.PeakStamp),
		EndTime:      micros(account.EndStamp),
	}
	host, _ := os.Hostname()
	extra := &dhat.Extra{
		Version:  1,
		Program:  p.program(),
		Host:     host,
		Start:    b.began.Add(time.Duration(sinceBegan) * time.Microsecond),
		ExitCode: e.exitCode,
		Signal:   e.signal,
		Counts: dhat.Counts{
			LostEvents:   p.lost() + account.Counts.LostFrees,
			UnknownFrees: account.Counts.UnknownFrees,
			Unprofiled:   e.unprofiled,
		},
	}
	for _, s := range account.Timeline {
		extra.Timeline = append(extra.Timeline, dhat.Sample{Time: micros(s.Stamp), Bytes: s.Bytes, Blocks: s.Blocks, RSS: s.RSS})
	}
	for _, c := range account.Sizes {
		extra.Sizes = append(extra.Sizes, dhat.SizeClass(c))
	}
	profile.Extra = extra

	names := newNamer(p, profile, b)
	for id, site := range p.stacks.sites {
		if site == 0 {
			continue
		}
		s := &account.Sites[site-1]
		if s.TotalBlocks == 0 {
			continue
		}
		countRoot(&extra.Counts, p.stacks.root(stackID(id)), s.TotalBlocks)
		names.want(stackID(id))
	}
	names.resolve()
	for id, site := range p.stacks.sites {
		if site == 0 {
			continue
		}
		s := &account.Sites[site-1]
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
			Frames:          names.frames(stackID(id)),
		})
	}
	profile.Normalize()
	return profile
}

func countRoot(c *dhat.Counts, root stackID, blocks uint64) {
	switch root {
	case rootWhole:
	case rootTruncated:
		c.TruncatedStacks++
		c.TruncatedBlocks += blocks
	default:
		c.IncompleteStacks++
		c.IncompleteBlocks += blocks
	}
}

// namer gives the frames of stacks their names. It first hears of every stack,
// so that each address is looked up once, module by module.
type namer struct {
	process  *process
	profile  *dhat.Profile
	progress func(done, all int)
	resolver *symbol.Resolver

	texts   map[frameText]uint32 // index in the frame table
	indices map[place][]uint32   // a place's frames there, innermost first
	modules map[uint16]int32     // index in Extra.Modules
	own     int                  // the tracker library's module; its frames are not the program's; -1: none
}

type frameText struct {
	text   string
	module int32
}

// Frames that are no code.
var rootNames = [rootCount]string{
	rootTruncated:   "[truncated]",
	rootNoCFI:       "[no unwind information]",
	rootUnsupported: "[unknown unwind information]",
	rootOutOfStack:  "[stack ends]",
}

// unknownStack stands for a stack of no frame at all.
const unknownStack = "[unknown]"

func newNamer(p *process, profile *dhat.Profile, b *builder) *namer {
	profile.Frames = []string{"[root]"}
	profile.Extra.FrameModules = []int32{-1}
	n := &namer{
		process:  p,
		profile:  profile,
		progress: b.naming,
		resolver: b.resolver,
		texts:    make(map[frameText]uint32),
		indices:  make(map[place][]uint32),
		modules:  make(map[uint16]int32),
		own:      -1,
	}
	for number, m := range p.modules {
		if m.path == b.library {
			n.own = int(number)
		}
	}
	return n
}

// want notes the frames of a stack.
func (n *namer) want(id stackID) {
	s := n.process.stacks
	for ; id >= rootCount; id = s.parents[id] {
		if int(s.places[id].module()) != n.own {
			n.indices[s.places[id]] = nil
		}
	}
}

// resolve looks up all that is wanted.
func (n *namer) resolve() {
	opened := make(map[uint16]*symbol.Module)
	// In the order of modules and addresses: neighbours share debug information,
	// and the same events give the same file.
	wanted := slices.SortedFunc(maps.Keys(n.indices), func(a, b place) int {
		return cmp.Or(cmp.Compare(a.module(), b.module()), cmp.Compare(a, b))
	})
	for done, at := range wanted {
		if n.progress != nil && done%64 == 0 {
			n.progress(done, len(wanted))
		}
		number := at.module()
		m, ok := n.process.modules[number]
		if !ok {
			n.indices[at] = []uint32{n.frame(dhat.Frame{Addr: at.pc()}, -1)}
			continue
		}
		file, ok := opened[number]
		if !ok {
			file, _ = n.resolver.Open(m.path, hex.EncodeToString([]byte(m.buildID)))
			opened[number] = file // nil: it has no names, and the module stands for them
		}
		n.indices[at] = n.name(at, m, file)
	}
}

// name returns the frames at a place of module m.
func (n *namer) name(at place, m module, file *symbol.Module) []uint32 {
	number := n.moduleIndex(at.module(), m)
	var frames []symbol.Frame
	if file != nil {
		frames = file.Frames(at.pc() - m.bias)
	}
	if len(frames) == 0 {
		return []uint32{n.frame(dhat.Frame{Addr: at.pc(), Object: m.path}, number)}
	}
	indices := make([]uint32, len(frames))
	for i, f := range frames {
		text := dhat.Frame{Addr: at.pc(), Function: f.Function, File: f.File, Line: f.Line, Column: f.Column}
		if f.File == "" || f.Line == 0 {
			text.File, text.Line, text.Column, text.Object = "", 0, 0, m.path
		}
		indices[i] = n.frame(text, number)
	}
	return indices
}

func (n *namer) moduleIndex(number uint16, m module) int32 {
	i, ok := n.modules[number]
	if !ok {
		i = int32(len(n.profile.Extra.Modules))
		n.modules[number] = i
		n.profile.Extra.Modules = append(n.profile.Extra.Modules, dhat.Module{
			Path:    m.path,
			BuildID: hex.EncodeToString([]byte(m.buildID)),
			Start:   m.start,
			End:     m.end,
			Bias:    m.bias,
		})
	}
	return i
}

// frame returns the index of a frame in the table.
func (n *namer) frame(f dhat.Frame, module int32) uint32 { return n.text(f.String(), module) }

func (n *namer) text(text string, module int32) uint32 {
	key := frameText{text, module}
	i, ok := n.texts[key]
	if !ok {
		i = uint32(len(n.profile.Frames))
		n.texts[key] = i
		n.profile.Frames = append(n.profile.Frames, text)
		n.profile.Extra.FrameModules = append(n.profile.Extra.FrameModules, module)
	}
	return i
}

// frames returns the frames of a stack, innermost first.
func (n *namer) frames(id stackID) []uint32 {
	s := n.process.stacks
	var frames []uint32
	for ; id >= rootCount; id = s.parents[id] {
		frames = append(frames, n.indices[s.places[id]]...)
	}
	if id != rootWhole {
		frames = append(frames, n.text(rootNames[id], -1))
	} else if len(frames) == 0 {
		frames = append(frames, n.text(unknownStack, -1))
	}
	return frames
}
