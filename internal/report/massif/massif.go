// Package massif writes profiles as valgrind's massif does, for ms_print and massif-visualizer. It imports the profile,
// dhat, for the text of frames, frames, human, names and view.
//
// The format is that of ms_print, which is part of valgrind, and of massif/ms_main.c.
package massif

import (
	"bufio"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
)

// ErrNoLives is the error for a profile that tells at no moment what lived.
var ErrNoLives = errors.New("the profile tells at no moment what lived")

const (
	// mostReadings is how many snapshots without a tree a file has: as many as massif takes by itself.
	mostReadings = 100
	// mostMoments is how many trees there are besides those of the peak and the end.
	mostMoments = 64
	// manyPoints is how many points a profile may have, all stacks of which are in the trees of the peak and the end. The
	// file of half a million has 2 GB.
	manyPoints = 10_000
)

// File is a profile to be written as massif's output: snapshots in the order of time, with the bytes that lived.
//
// The peak and the end have trees of all stacks, or in a profile of very many of what is 0.01 % of the snapshot or more,
// as far as the profile knows what lived then. The moments of a profile that has such have trees whose nodes are 1 %
// or more. Readings of the timeline in between have none. A tree begins with the functions that call malloc or operator new.
type File struct {
	profile   *profile.Profile
	snapshots []snapshot
	tree      *tree
}

// snapshot is what lived at one moment.
type snapshot struct {
	time  uint64 // in the profile's time unit
	bytes uint64
	kind  string // of its tree, as the format has it
	// of returns the bytes of a point that lived then; nil where only bytes is known.
	of func(point int) uint64
	// share is the least part of bytes that a node of the tree has to have, in hundredths of a percent.
	share uint64
}

// The kinds of trees.
const (
	noTree   = "empty"
	fullTree = "detailed"
	peakTree = "peak"
)

// New makes a File of a profile. Its error is ErrNoLives, or one for sums beyond 64 bits.
func New(s *view.Source) (*File, error) {
	p := s.Profile
	if _, err := view.Total(p); err != nil {
		return nil, err
	}
	f := &File{profile: p}
	for _, r := range thinned(p.Timeline, mostReadings) {
		f.snapshots = append(f.snapshots, snapshot{time: r.Time, bytes: r.Bytes, kind: noTree})
	}
	var moments []int
	if p.Recording != nil && p.Recording.HasFacts {
		for i := range p.Moments {
			moments = append(moments, i)
		}
	}
	for _, m := range thinned(moments, mostMoments) {
		f.add(snapshot{time: p.Moments[m].Time, kind: fullTree, share: 100, of: func(point int) uint64 { return p.Points[point].StateAt(uint32(m)).Bytes }})
	}
	share := uint64(0)
	if len(p.Points) > manyPoints {
		share = 1
	}
	if p.Columns.Has(profile.Peak) {
		f.add(snapshot{time: p.PeakTime, kind: peakTree, share: share, of: func(point int) uint64 { return p.Points[point].PeakBytes }})
	}
	if p.Columns.Has(profile.End) {
		f.add(snapshot{time: p.EndTime, kind: fullTree, share: share, of: func(point int) uint64 { return p.Points[point].EndBytes }})
	}
	if len(f.snapshots) == 0 {
		return nil, ErrNoLives
	}
	slices.SortStableFunc(f.snapshots, func(a, b snapshot) int {
		switch {
		case a.time < b.time:
			return -1
		case a.time > b.time:
			return 1
		}
		return 0
	})
	f.tree = newTree(s)
	return f, nil
}

// add adds a snapshot whose bytes are the sum of the points'.
func (f *File) add(s snapshot) {
	for i := range f.profile.Points {
		s.bytes += s.of(i)
	}
	f.snapshots = append(f.snapshots, s)
}

// thinned returns at most so many elements of a list, evenly, the last one among them.
func thinned[T any](all []T, most int) []T {
	if len(all) <= most {
		return all
	}
	some := make([]T, most)
	for i := range some {
		some[i] = all[(i+1)*len(all)/most-1]
	}
	return some
}

// clock returns the time unit of the file, and how many of the profile's make one of it. A file of massif's counts
// milliseconds, instructions or bytes.
func (f *File) clock() (unit string, per uint64) {
	if f.profile.Units.Time == "instrs" {
		return "i", 1
	}
	tick, ok := human.TimeUnit(f.profile.Units.Time)
	if !ok || tick == 0 || tick > 1e6 {
		return "ms", 1
	}
	return "ms", uint64(1e6 / tick)
}

// Write writes the file.
func (f *File) Write(w io.Writer) error {
	out := bufio.NewWriterSize(w, 64<<10)
	number := func(n uint64) { out.Write(strconv.AppendUint(out.AvailableBuffer(), n, 10)) }
	unit, per := f.clock()
	out.WriteString("desc: " + f.description() + "\ncmd: " + oneLine(f.profile.Command) + "\ntime_unit: " + unit + "\n")
	for i, s := range f.snapshots {
		const line = "#-----------\n"
		out.WriteString(line + "snapshot=")
		number(uint64(i))
		out.WriteString("\n" + line + "time=")
		number(s.time / per)
		out.WriteString("\nmem_heap_B=")
		number(s.bytes)
		out.WriteString("\nmem_heap_extra_B=0\nmem_stacks_B=0\nheap_tree=" + s.kind + "\n")
		if s.of != nil {
			f.tree.write(out, &s, f.top())
		}
	}
	return out.Flush()
}

// description says where the file is from. massif has its options there.
func (f *File) description() string {
	text := "converted by heapprof"
	if n := f.profile.Sampling.MeanBytes; n != 0 {
		text += "; estimates, from one block in each " + human.Bytes(n) + " allocated"
	}
	return text
}

// top is what massif calls the whole of a tree.
func (f *File) top() string {
	if f.profile.Measure() == profile.MappedPages {
		return "(page allocation syscalls) mmap/mremap/brk, --alloc-fns, etc."
	}
	return "(heap allocation functions) malloc/new/new[], --alloc-fns, etc."
}

// oneLine returns a text as it can stand in a line.
func oneLine(s string) string { return strings.TrimSpace(names.Printable(s)) }
