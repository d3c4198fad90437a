// Package pprof writes profiles as those of `go tool pprof`. It imports the profile,
// frames, human, label, names and view.
package pprof

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	pb "github.com/google/pprof/profile"
	"github.com/klauspost/compress/gzip"

	"heapprof/internal/profile"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
)

// File is a profile to be written as one for `go tool pprof`. Its samples are
// the points, with the values alloc_objects, alloc_space and, where the profile has
// lifetimes, inuse_objects and inuse_space (at the program's end), peak_objects and peak_space (at
// t-gmax), in blocks and bytes, as the profile has them; of copies copies and copied_bytes, of
// events events and events_units, or what the profile calls them. Where blocks were sampled they are
// scaled already, the period is the mean distance of samples, and a comment says so.
//
// Each sample has the type of its blocks as the label "type", where that is known. Where a recording tells which thread
// allocated them, a point is a sample for each thread, with the label "thread"; what lived at the marks of the run is not known by
// thread, and of points of several a sample without that label.
//
// Every frame carries a function, so that pprof has no reason to look for
// binaries: where nothing names the frame, its module and offset. Inlined frames
// share the location of the function that they were inlined into.
//
// The format is described by https://github.com/google/pprof, proto/profile.proto.
type File struct {
	source  *view.Source
	options Options
	types   []sampleType
}

// Options are what a File is to have.
type Options struct {
	TypeFrames bool // the type of the blocks is a frame, too: the innermost, instead of the plumbing

	Values   Values // which of its values the samples have
	NoLabels bool   // samples have no labels: some servers make a series of each
	// Sites leaves the plumbing out of the stacks, for readers who do not cut off what the file names: a stack's
	// innermost frame is its site, as in heapprof's reports.
	Sites bool
	// At is the time of the profile and Took how long it took to come about; the zero time: those of the recording.
	At   time.Time
	Took time.Duration

	Allocated bool // what is shown first is what was allocated, and not what lives

	Marks bool      // what lived at the marks of the run are values, too
	Held  []Holding // who held the blocks at a moment: values and samples of their own, with the owner as a label
}

// New makes a File of a profile. It is an error where a sum is more than the format holds.
func New(s *view.Source, o Options) (*File, error) {
	p := s.Profile
	sums, err := view.Total(p)
	if err != nil {
		return nil, err
	}
	f := &File{source: s, options: o, types: append(o.Values.of(p), besideTypes(p, o)...)}
	for _, t := range f.types {
		if t.kind == ofMetric && sums.Get(t.metric) > math.MaxInt64 {
			return nil, fmt.Errorf("the profile's %s are %d, more than pprof's format holds", t.metric, sums.Get(t.metric))
		}
	}
	return f, nil
}

// Write writes the file, gzipped.
func (f *File) Write(w io.Writer) error {
	zw := gzip.NewWriter(w)
	if err := f.WritePlain(zw); err != nil {
		zw.Close()
		return err
	}
	return zw.Close()
}

// WritePlain writes the file uncompressed: first the tables, and then the samples. That may be: protocol buffers know
// no order of fields, and what follows one another counts as one message.
//
// The samples are converted twice, first for the tables, and written by hand: kept, and as the
// library's, they would take many times the memory. The library numbers strings when it writes
// them, so those of the labels come after its own.
func (f *File) WritePlain(w io.Writer) error {
	b := newBuilder(f)
	b.mainMapping()
	for i := range f.source.Profile.Points {
		b.stackIDs(i)
	}
	if err := b.prof.CheckValid(); err != nil {
		return fmt.Errorf("the converted profile is not valid: %w", err)
	}
	var tables bytes.Buffer
	if err := b.prof.WriteUncompressed(&tables); err != nil {
		return err
	}
	labels, err := newLabels(tables.Bytes(), b.types, &b.threads, f.options.Held)
	if err != nil {
		return err
	}
	bw := bufio.NewWriterSize(w, 64<<10)
	bw.Write(tables.Bytes())
	bw.Write(labels.strings)
	b.writeSamples(bw, labels)
	return bw.Flush()
}

// durationNanos is how long the recording took, 0 where the profile's clock
// does not count time.
func durationNanos(p *profile.Profile) int64 {
	tick, ok := human.TimeUnit(p.Units.Time)
	if !ok || p.EndTime > math.MaxInt64/uint64(tick) {
		return 0
	}
	return int64(p.EndTime) * int64(tick)
}

func comments(p *profile.Profile) []string {
	var comments []string
	add := func(name, value string) {
		if value != "" {
			comments = append(comments, name+": "+names.Printable(value))
		}
	}
	add("command", p.Command)
	if p.Recording != nil && p.Maker == "" {
		add("recorded by", "heapprof")
	} else {
		add("recorded by", p.OtherTool())
	}
	if p.LivesOn() {
		add("one moment", "what is in use was so then, and how the run ended is not told")
	}
	if n := p.MergedProfiles(); n > 0 {
		add("profiles that were merged, and whose peaks are added", strconv.FormatUint(n, 10))
	}
	add("part of the run", human.Part(p))
	if p.Span != nil && p.Span.AtLeast {
		add("inuse", "at least so much of what was allocated lived then")
	}
	if p.Mode != "heap" {
		add("mode", p.Mode)
	}
	if n := p.Sampling.MeanBytes; n != 0 {
		add("estimates, from one block sampled in so many bytes", strconv.FormatUint(n, 10))
		if s := p.Totals().Samples; s != nil {
			add("sampled blocks", strconv.FormatUint(s.Total.Blocks, 10))
		}
		if p.Sampling.HasTotals() {
			add("allocated in all, counted exactly", fmt.Sprintf("%d bytes in %d blocks", p.Sampling.ExactBytes, p.Sampling.ExactBlocks))
		}
	}
	if p.PID != 0 {
		add("pid", strconv.FormatInt(p.PID, 10))
	}
	if e := p.Recording; e != nil {
		add("host", e.Host)
		for _, c := range []struct {
			name  string
			count uint64
		}{
			{"stacks cut at the depth limit", e.Counts.TruncatedStacks},
			{"stacks not unwound to their end", e.Counts.IncompleteStacks},
			{"allocator calls not recorded", e.Counts.LostEvents},
		} {
			if c.count != 0 {
				add(c.name, strconv.FormatUint(c.count, 10))
			}
		}
	}
	return comments
}

// builder collects the tables of a profile. Ids count from 1, in the order
// of first use, so that the same profile gives the same bytes.
type builder struct {
	source   *profile.Profile
	frames   *frames.Table
	prof     *pb.Profile // without samples
	plumbing *plumbing
	options  Options
	values   []sampleType
	types    *typeNames // of the points' blocks
	threads  threads

	mappings  map[mappingKey]*pb.Mapping
	functions map[functionKey]*pb.Function
	alone     []*pb.Location          // of each frame, where it shares its address with no other
	locations map[string]*pb.Location // of others, by the frames' indices, four bytes each
	named     map[string]*pb.Location // of what is no code
	stack     []uint32                // of the point at hand
	key       []byte

	ids, packed, message []byte // of the sample at hand
}

func newBuilder(f *File) *builder {
	s, p := f.source, f.source.Profile
	plumbing := newPlumbing(s)
	b := &builder{
		source:    p,
		frames:    s.Frames,
		plumbing:  plumbing,
		options:   f.options,
		values:    f.types,
		types:     newTypeNames(s, f.options.NoLabels),
		threads:   newThreads(p, f.options.NoLabels),
		mappings:  map[mappingKey]*pb.Mapping{},
		functions: map[functionKey]*pb.Function{},
		alone:     make([]*pb.Location, s.Frames.Len()),
		locations: map[string]*pb.Location{},
		named:     map[string]*pb.Location{},
		prof: &pb.Profile{
			PeriodType: &pb.ValueType{Type: periodType(p), Unit: sizeUnit(p)},
			Period:     max(1, int64(min(p.Sampling.MeanBytes, math.MaxInt64))), // 1: every byte is accounted for
			Comments:   comments(p),
		},
	}
	if !f.options.Sites {
		b.prof.DropFrames = plumbing.drop
	}
	for _, t := range f.types {
		b.prof.SampleType = append(b.prof.SampleType, &pb.ValueType{Type: t.name, Unit: t.unit})
		if t.isDefault && !f.options.Allocated || t.kind == ofMetric && t.metric == view.TotalBytes && f.options.Allocated {
			b.prof.DefaultSampleType = t.name
		}
	}
	if p.Recording != nil && !p.Recording.Start.IsZero() {
		b.prof.TimeNanos = p.Recording.Start.UnixNano()
	}
	b.prof.DurationNanos = durationNanos(p)
	if !f.options.At.IsZero() {
		b.prof.TimeNanos, b.prof.DurationNanos = f.options.At.UnixNano(), f.options.Took.Nanoseconds()
	}
	return b
}
