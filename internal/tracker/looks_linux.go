//go:build linux && (amd64 || arm64)

package tracker

import (
	"heapprof/internal/profile"
	"heapprof/internal/tracker/naming"
	"heapprof/internal/tracker/replay"
)

// looks makes the profiles of one image that Live.Look returns, one after the other. Stacks that have names keep them.
type looks struct {
	builder *builder
	names   *naming.Names
	stacks  map[replay.StackID]naming.Stack
}

func newLooks(b *builder, first *replay.Snapshot) *looks {
	options := b.naming
	options.Progress = nil // the terminal is somebody else's
	return &looks{builder: b, names: naming.New(first, options), stacks: make(map[replay.StackID]naming.Stack)}
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

	var wanted []replay.StackID
	l.names.Follow(p.Snapshot)
	made.Points = make([]profile.Point, 0, len(p.Heap.Sites))
	ids := make([]replay.StackID, 0, len(p.Heap.Sites))
	for id := range replay.StackID(p.Stacks.Len()) {
		site, ok := p.HeapSite(id)
		if !ok || p.Heap.Sites[site].TotalBlocks == 0 {
			continue
		}
		made.Points, ids = append(made.Points, pointOf(&p.Heap.Sites[site], t)), append(ids, id)
		if _, known := l.stacks[id]; !known {
			l.names.Want(id)
			wanted = append(wanted, id)
		}
	}
	if len(wanted) > 0 {
		for i, s := range l.names.Resolve() {
			l.stacks[wanted[i]] = s
		}
	}
	for i := range made.Points {
		stack := l.stacks[ids[i]]
		made.Points[i].Frames = stack.Frames
		countRoot(&made.Recording.Counts, stack.Root, made.Points[i].TotalBlocks)
	}
	made.Frames, made.Modules = l.names.Frames, l.names.Modules
	made.Normalize()
	ownModules(made)
	return made
}

// ownModules gives a profile modules of its own, as those of the names change. Its frames must be its own already.
func ownModules(p *profile.Profile) {
	own := make(map[*profile.Module]*profile.Module, len(p.Modules))
	modules := make([]*profile.Module, len(p.Modules))
	for i, m := range p.Modules {
		c := *m
		own[m], modules[i] = &c, &c
	}
	for i := range p.Frames {
		if m := p.Frames[i].Module; m != nil {
			p.Frames[i].Module = own[m]
		}
	}
	p.Modules = modules
}
