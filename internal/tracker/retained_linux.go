//go:build linux && (amd64 || arm64)

package tracker

import (
	"cmp"
	"errors"
	"path/filepath"
	"runtime/debug"
	"slices"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/sizeclass"
	"heapprof/internal/symbol"
	"heapprof/internal/tracker/graph"
	"heapprof/internal/tracker/heap"
	"heapprof/internal/tracker/holding"
	"heapprof/internal/tracker/naming"
	"heapprof/internal/tracker/roots"
	"heapprof/internal/tracker/shm"
)

// addSnapshots makes snapshots of the copies that are kept of an image, and lets go of these. sites
// has the point of each site.
func (b *builder) addSnapshots(made *profile.Profile, p recorded, t times, sites []sitePoint) {
	defer func() { made.Recording.Notes = append(made.Recording.Notes, b.notCopied(&p, made.Recording)...) }()
	copies := p.kept.all()
	slices.SortFunc(copies, func(a, b *kept) int { return cmp.Compare(a.copy.Stamp, b.copy.Stamp) })
	if len(copies) == 0 {
		return
	}
	s := newSnapshotter(b, p)
	if types := b.retained.TypesOf; types != nil {
		s.types = types(made)
	} else {
		s.types = make([]BlockType, len(made.Points))
	}
	for i := range sites {
		s.points = append(s.points, sites[i].index)
	}
	for i, c := range copies {
		if making := b.retained.Making; making != nil {
			making(i+1, len(copies), c.live.Blocks)
		}
		snapshot, err := s.make(c, t.since(c.copy.Stamp))
		c.copy.Close()
		switch {
		case err == nil:
			made.Recording.Snapshots = append(made.Recording.Snapshots, snapshot)
		case errors.Is(err, graph.ErrTooLarge):
			p.kept.lose(c, profile.Cause{Code: profile.GraphTooLarge, Number: int64(b.retained.memory())})
		default:
			p.kept.lose(c, profile.Cause{Code: profile.NotCopied, Detail: err.Error()})
		}
	}
}

// notCopied returns what is to be noted of snapshots that were wanted and are not there.
func (b *builder) notCopied(p *recorded, r *profile.Recording) (notes []profile.Note) {
	k := &p.kept
	if b.retained.Peak && k.peak == nil && !k.peakFailed.IsZero() {
		notes = append(notes, profile.Note{Code: profile.PeakNotCopied, Causes: []profile.Cause{k.peakFailed}})
	}
	if b.retained.Exit && k.exit == nil {
		why := k.exitFailed
		switch hooked := b.patcher.WhyExitIsNotHooked(p.patched(0)); {
		case !why.IsZero():
		case !hooked.IsZero():
			why = hooked
		case p.Becomes != nil:
			why.Code = profile.BecameOther
		case r.Signal != 0:
			why = profile.Cause{Code: profile.EndedBySignal, Number: int64(r.Signal)}
		default:
			why.Code = profile.EndedUnseen
		}
		notes = append(notes, profile.Note{Code: profile.ExitNotCopied, Causes: []profile.Cause{why}})
	}
	if k.marksMissing > 0 {
		notes = append(notes, profile.Note{Code: profile.MarksNotCopied, Causes: []profile.Cause{k.marksFailed}, Count: k.marksMissing})
	}
	return notes
}

// snapshotter makes the snapshots of one image.
type snapshotter struct {
	recorded
	retained Retained
	points   []int // by site
	types    []BlockType
	modules  []roots.Module
	files    []*symbol.Module // of modules; nil: it cannot be read
	own      roots.Own
	mappers  mappers
	complete bool // all that the C library has mapped is known
}

func newSnapshotter(b *builder, p recorded) *snapshotter {
	image := p.patched(0)
	s := &snapshotter{recorded: p, retained: b.retained}
	s.mappers, s.complete = newMappers(p.Snapshot), b.patcher.PatchedMappings(image)
	for number, m := range p.Modules {
		file, _ := naming.OpenModule(m, b.naming.Resolver)
		module := roots.Module{Path: m.Path, Start: m.Start, End: m.End, Bias: m.Bias, Allocator: isAllocator(m.Path)}
		if file != nil {
			module.Symbols = file
		}
		s.modules, s.files = append(s.modules, module), append(s.files, file)
		s.mappers.files[number] = file
	}
	s.own = roots.Own{Library: b.naming.Library, Memory: shm.MappedAs}
	for _, c := range b.patcher.CodeIn(image) {
		s.own.Code = append(s.own.Code, roots.Code(c))
	}
	return s
}

// isAllocator reports whether a file is an allocator and nothing else, by its name.
func isAllocator(path string) bool {
	switch a := allocatorNamed(filepath.Base(path)); a {
	case "", sizeclass.Glibc, sizeclass.Musl:
		return false
	}
	return true
}

// Where so many blocks live, the collector lets the heap grow by this part only, in percent, while a snapshot is made.
const (
	manyBlocks  = 1 << 18
	manyPercent = 25
)

// make makes the snapshot of a copy, which was made so long after the image's start.
func (s *snapshotter) make(c *kept, since uint64) (profile.Snapshot, error) {
	if c.live.Blocks >= manyBlocks {
		// Most of what is made are long lists without pointers, which it takes the collector no time to look at.
		defer debug.SetGCPercent(debug.SetGCPercent(manyPercent))
	}
	blocks := blocksOf(c.live)
	c.live = nil // which is as large
	proc := c.copy.Proc()
	maps, err := c.copy.Maps()
	if err != nil {
		return profile.Snapshot{}, err
	}
	pages, err := proc.Written()
	if err != nil {
		return profile.Snapshot{}, err
	}
	defer pages.Close()
	subject := &roots.Subject{
		Memory: c.copy, Maps: maps, Pages: pages, Threads: c.copy.Threads, Blocks: blocks, Own: s.own,
		Shared: c.shared, Kept: c.copy.Kept, Mapped: s.mappers.mapped(c.mapped), Complete: s.complete,
	}
	subject.Own.Asker = c.waiter
	var files []*symbol.Module
	for i, m := range s.modules {
		if isMapped(maps, m) {
			subject.Modules, files = append(subject.Modules, m), append(files, s.files[i])
		}
	}
	found, err := roots.Find(subject)
	if err != nil {
		return profile.Snapshot{}, err
	}
	n := &ownerNames{subject: subject, files: files, mappers: &s.mappers}
	in := holding.Input{
		Kind: c.kind, Mark: c.mark, Time: since,
		Blocks: subject.Blocks, Points: s.points, Types: s.types,
		Roots: found.Roots, Owners: n.all(found), Memory: c.copy,
		Class: n.class, Tables: tables(subject.Modules),
		Padded: c.padded, Zeroed: s.retained.IsWanted(),
		MaxBytes: s.retained.memory(),
	}
	snapshot, err := holding.Make(in)
	if err != nil {
		return profile.Snapshot{}, err
	}
	n.describe(snapshot.Owners)
	return snapshot, nil
}

// blocksOf returns the blocks that lived, by address.
func blocksOf(live *heap.Live) []graph.Block {
	blocks := make([]graph.Block, 0, live.Blocks)
	live.EachInOrder(func(addr, size uint64, site heap.SiteID) {
		blocks = append(blocks, graph.Block{Addr: addr, Size: size, Site: uint32(site)})
	})
	return blocks
}

// isMapped reports whether a module was there when a copy was made: another one may have been
// loaded at its place before or after that.
func isMapped(maps []procfs.Mapping, m roots.Module) bool {
	at, ok := procfs.MappingAt(maps, m.Start)
	if !ok || at.Path == "" {
		return false
	}
	// The loader has found it by another name, most often: that without the last of its version.
	file, err := filepath.EvalSymlinks(m.Path)
	return at.Path == m.Path || err != nil || file == at.Path
}

// tables returns where tables of virtual functions may lie.
func tables(modules []roots.Module) (list []graph.Range) {
	for _, m := range modules {
		list = append(list, graph.Range{Start: m.Start, End: m.End})
	}
	slices.SortFunc(list, func(a, b graph.Range) int { return cmp.Compare(a.Start, b.Start) })
	return list
}

// memory returns how many bytes the making of a snapshot may take.
func (r Retained) memory() uint64 {
	if r.Memory != 0 {
		return r.Memory
	}
	return procfs.HostMemory() / 4
}
