//go:build linux && (amd64 || arm64)

package tracker

import (
	"encoding/binary"
	"slices"

	"heapprof/internal/profile"
	"heapprof/internal/tracker/heap"
	"heapprof/internal/tracker/naming"
	"heapprof/internal/tracker/replay"
)

// looks makes the profiles of one image that Live.Look returns, one after the other. What stacks have become stays; a
// profile shares only what does not change any more.
type looks struct {
	builder *builder
	names   *naming.Names
	frames  []profile.Frame // those of names, in modules of their own, as those of names change
	modules []*profile.Module
	own     map[*profile.Module]*profile.Module

	stacks []lookedStack          // by site
	first  map[string]heap.SiteID // of all sites whose stacks have the same frames the first, by these
}

// lookedStack is a site's stack, once it has names.
type lookedStack struct {
	naming.Stack
	known bool
	same  heap.SiteID // the first of those whose stacks have the same frames
}

func newLooks(b *builder, first *replay.Snapshot) *looks {
	options := b.naming
	options.Progress = nil // the terminal is somebody else's
	return &looks{
		builder: b, names: naming.New(first, options), frames: []profile.Frame{profile.Root}, own: make(map[*profile.Module]*profile.Module),
		first: make(map[string]heap.SiteID),
	}
}

// profile makes a profile of the image as Reader.Look has given it.
func (l *looks) profile(p recorded) *profile.Profile {
	num, den := l.builder.clock.Rate()
	t := times{num, den, p.Start}
	made := l.builder.heading(p, unknownEnding, t)
	made.Columns &^= profile.Lifetime | profile.Chunks
	made.Recording.HasFacts = false
	if m, err := p.Proc.Memory(); err == nil && p.Proc != 0 && len(made.Timeline) > 0 {
		made.Timeline[len(made.Timeline)-1].RSS = m.Resident
	}

	l.stacks = append(l.stacks, make([]lookedStack, max(len(p.Heap.Sites)-len(l.stacks), 0))...)
	var unknown []replay.StackID
	sites := make([]heap.SiteID, 0, len(p.Heap.Sites))
	for id := range replay.StackID(p.Stacks.Len()) {
		site, ok := p.HeapSite(id)
		if !ok || p.Heap.Sites[site].TotalBlocks == 0 {
			continue
		}
		sites = append(sites, site)
		if !l.stacks[site].known {
			unknown = append(unknown, id)
		}
	}
	if len(unknown) > 0 {
		l.name(p.Snapshot, unknown)
	}
	made.Points = make([]profile.Point, 0, len(sites))
	points := make([]int, len(p.Heap.Sites)) // 1 + the index of a site's point
	for _, site := range sites {
		stack := &l.stacks[site]
		point := pointOf(&p.Heap.Sites[site], t)
		point.Stack = profile.StackOf(stack.Frames...)
		countRoot(&made.Recording.Counts, stack.Root, point.TotalBlocks)
		if at := points[stack.same]; at > 0 {
			made.Points[at-1].Add(&point)
			made.Recording.MergedPoints++
			continue
		}
		made.Points = append(made.Points, point)
		points[stack.same] = len(made.Points)
	}
	made.Frames, made.Modules = slices.Clip(l.frames), slices.Clip(l.modules)
	return made
}

// name finds the names of stacks.
func (l *looks) name(s *replay.Snapshot, stacks []replay.StackID) {
	l.names.Follow(s)
	for _, id := range stacks {
		l.names.Want(id)
	}
	for i, stack := range l.names.Resolve() {
		site, _ := s.HeapSite(stacks[i])
		key := framesKey(stack.Frames)
		first, known := l.first[key]
		if !known {
			first = site
			l.first[key] = first
		}
		l.stacks[site] = lookedStack{stack, true, first}
	}
	for _, f := range l.names.Frames[len(l.frames):] {
		if f.Module != nil {
			f.Module = l.ownModule(f.Module)
		}
		l.frames = append(l.frames, f)
	}
}

// framesKey returns the frames of a stack as the key of a map.
func framesKey(frames []uint32) string {
	key := make([]byte, 0, 4*len(frames))
	for _, f := range frames {
		key = binary.LittleEndian.AppendUint32(key, f)
	}
	return string(key)
}

// ownModule returns a module that does not change any more.
func (l *looks) ownModule(m *profile.Module) *profile.Module {
	own := l.own[m]
	if own == nil {
		c := *m
		own = &c
		l.own[m] = own
		l.modules = append(l.modules, own)
	}
	return own
}
