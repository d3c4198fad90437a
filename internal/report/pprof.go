package report

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	pprof "github.com/google/pprof/profile"
	"github.com/klauspost/compress/gzip"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
)

// PProfFile is a profile to be written as one for `go tool pprof`. Its samples are
// the points with the values alloc_objects, alloc_space and, where the profile has
// lifetimes, inuse_objects and inuse_space (at the program's end) and peak_space (at
// t-gmax), in blocks and bytes: none is sampled or scaled, so the sums are the same.
//
// Every frame carries a function, so that pprof has no reason to look for
// binaries: where nothing names the frame, its module and offset. Inlined frames
// share the location of the function that they were inlined into.
//
// The format is described by https://github.com/google/pprof, proto/profile.proto.
type PProfFile struct {
	source *profile.Profile
	types  []pprofType
}

// PProf makes p a PProfFile. It is an error where a sum is more than the format holds.
func PProf(p *profile.Profile) (*PProfFile, error) {
	sums, err := Total(p)
	if err != nil {
		return nil, err
	}
	f := &PProfFile{source: p, types: pprofTypes(p)}
	for _, t := range f.types {
		if sums.Get(t.metric) > math.MaxInt64 {
			return nil, fmt.Errorf("the profile's %s are %d, more than pprof's format holds", t.metric, sums.Get(t.metric))
		}
	}
	return f, nil
}

// Write writes the file, gzipped.
func (f *PProfFile) Write(w io.Writer) error {
	zw := gzip.NewWriter(w)
	if err := f.write(zw); err != nil {
		zw.Close()
		return err
	}
	return zw.Close()
}

// write writes the samples as it converts them, as they are most of a profile, and
// then the tables that they refer to. That may be: protocol buffers know no order of
// fields, and what follows one another counts as one message.
func (f *PProfFile) write(w io.Writer) error {
	b := newPProfBuilder(f.source, f.types)
	bw := bufio.NewWriterSize(w, 64<<10)
	b.mainMapping()
	for i := range f.source.Points {
		if _, err := bw.Write(b.sample(&f.source.Points[i], f.types)); err != nil {
			return err
		}
	}
	if err := b.prof.CheckValid(); err != nil {
		return fmt.Errorf("the converted profile is not valid: %w", err)
	}
	if err := b.prof.WriteUncompressed(bw); err != nil {
		return err
	}
	return bw.Flush()
}

// pprofType is one value of every sample.
type pprofType struct {
	name, unit string
	metric     Metric
	isDefault  bool
}

func pprofTypes(p *profile.Profile) []pprofType {
	size := sizeUnit(p)
	types := []pprofType{
		{name: "alloc_objects", unit: "count", metric: TotalBlocks},
		{name: "alloc_space", unit: size, metric: TotalBytes},
	}
	if p.Columns.Has(profile.Lives) {
		types = append(types,
			pprofType{name: "inuse_objects", unit: "count", metric: EndBlocks},
			pprofType{name: "inuse_space", unit: size, metric: EndBytes, isDefault: true},
			pprofType{name: "peak_space", unit: size, metric: PeakBytes},
		)
	} else {
		types[1].isDefault = true
	}
	return types
}

// sizeUnit is the unit of sizes in pprof's words: bytes, which pprof scales, or
// whatever an ad-hoc profile counts, which it does not.
func sizeUnit(p *profile.Profile) string { return human.UnitsOf(p).Many }

// durationNanos is how long the recording took, 0 where the profile's clock
// does not count time.
func durationNanos(p *profile.Profile) int64 {
	tick, ok := map[string]time.Duration{
		"ns": time.Nanosecond, "µs": time.Microsecond, "us": time.Microsecond, "ms": time.Millisecond, "s": time.Second,
	}[p.Units.Time]
	if !ok || p.EndTime > math.MaxInt64/uint64(tick) {
		return 0
	}
	return int64(p.EndTime) * int64(tick)
}

func pprofComments(p *profile.Profile) []string {
	var comments []string
	add := func(name, value string) {
		if value != "" {
			comments = append(comments, name+": "+names.Printable(value))
		}
	}
	add("command", p.Command)
	if p.Mode != "heap" {
		add("mode", p.Mode)
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

// pprofBuilder collects the tables of a profile. Ids count from 1, in the order
// of first use, so that the same profile gives the same bytes.
type pprofBuilder struct {
	source   *profile.Profile
	frames   *FrameTable
	prof     *pprof.Profile // without samples
	plumbing *pprofPlumbing

	mappings  map[pprofMapping]*pprof.Mapping
	functions map[pprofFunction]*pprof.Function
	locations map[string]*pprof.Location // by the frames' indices, four bytes each
	key       []byte

	ids, values, message []byte // of the sample
}

func newPProfBuilder(p *profile.Profile, types []pprofType) *pprofBuilder {
	frames := NewFrameTable(p)
	plumbing := newPProfPlumbing(p, frames)
	b := &pprofBuilder{
		source:    p,
		frames:    frames,
		plumbing:  plumbing,
		mappings:  map[pprofMapping]*pprof.Mapping{},
		functions: map[pprofFunction]*pprof.Function{},
		locations: map[string]*pprof.Location{},
		prof: &pprof.Profile{
			PeriodType: &pprof.ValueType{Type: "space", Unit: sizeUnit(p)},
			Period:     1, // every byte is accounted for
			DropFrames: plumbing.drop,
			Comments:   pprofComments(p),
		},
	}
	for _, t := range types {
		b.prof.SampleType = append(b.prof.SampleType, &pprof.ValueType{Type: t.name, Unit: t.unit})
		if t.isDefault {
			b.prof.DefaultSampleType = t.name
		}
	}
	if p.Recording != nil && !p.Recording.Start.IsZero() {
		b.prof.TimeNanos = p.Recording.Start.UnixNano()
	}
	b.prof.DurationNanos = durationNanos(p)
	return b
}

type pprofFunction struct{ name, file string }

// pprofMapping tells mappings apart: a library that is closed and opened again
// may come to another place.
type pprofMapping struct {
	path  string
	start uint64 // 0 where it is not known
}

// sample returns a point as the field sample of a profile, with its locations and
// values packed. It is valid until the next call. All that it refers to is in the
// tables then.
func (b *pprofBuilder) sample(pt *profile.Point, types []pprofType) []byte {
	const ( // profile.proto's numbers, of fields that have a length
		profileSample = 2<<3 | 2
		sampleIDs     = 1<<3 | 2
		sampleValues  = 2<<3 | 2
	)
	b.ids, b.values = b.ids[:0], b.values[:0]
	stack := pt.Frames
	if len(stack) == 0 {
		// pprof leaves out samples without a location, and what it shows
		// would not add up.
		b.ids = binary.AppendUvarint(b.ids, b.noStack().ID)
	}
	if inner, outer := b.plumbing.split(stack); len(inner)+len(outer) < len(stack) {
		stack = slices.Concat(inner, outer)
	}
	for len(stack) > 0 {
		n := b.inlined(stack)
		b.ids = binary.AppendUvarint(b.ids, b.location(stack[:n]).ID)
		stack = stack[n:]
	}
	for _, t := range types {
		b.values = binary.AppendUvarint(b.values, t.metric.Value(pt))
	}
	field := func(to []byte, key byte, content []byte) []byte {
		return append(binary.AppendUvarint(append(to, key), uint64(len(content))), content...)
	}
	b.message = field(field(b.message[:0], sampleIDs, b.ids), sampleValues, b.values)
	b.ids = field(b.ids[:0], profileSample, b.message)
	return b.ids
}

// inlined returns how many of the stack's innermost frames are one place in the
// code: a function and, before it, what was inlined there.
func (b *pprofBuilder) inlined(stack []uint32) int {
	n := 1
	for n < len(stack) && b.source.Frames[stack[n-1]].Inlined {
		n++
	}
	return n
}

// location returns the location of frames that share one address, innermost
// first.
func (b *pprofBuilder) location(frames []uint32) *pprof.Location {
	b.key = b.key[:0]
	for _, f := range frames {
		b.key = binary.LittleEndian.AppendUint32(b.key, f)
	}
	if l, ok := b.locations[string(b.key)]; ok {
		return l
	}
	l := &pprof.Location{
		ID:      uint64(len(b.prof.Location)) + 1,
		Address: b.frames.Frame(frames[0]).Addr,
		Mapping: b.mappingOf(frames),
	}
	for _, i := range frames {
		f := b.frames.Frame(i)
		l.Line = append(l.Line, pprof.Line{Function: b.function(pprofFunction{f.Name(), f.File}), Line: int64(f.Line), Column: int64(f.Column)})
		if m := l.Mapping; m != nil {
			m.HasFunctions = true
			m.HasFilenames = m.HasFilenames || f.File != ""
			m.HasLineNumbers = m.HasLineNumbers || f.Line > 0
			m.HasInlineFrames = m.HasInlineFrames || len(frames) > 1
		}
	}
	b.locations[string(b.key)] = l
	b.prof.Location = append(b.prof.Location, l)
	return l
}

// noStack returns the location that stands for a stack without frames.
func (b *pprofBuilder) noStack() *pprof.Location {
	l, ok := b.locations[""]
	if !ok {
		l = &pprof.Location{
			ID:   uint64(len(b.prof.Location)) + 1,
			Line: []pprof.Line{{Function: b.function(pprofFunction{name: noStack})}},
		}
		b.locations[""] = l
		b.prof.Location = append(b.prof.Location, l)
	}
	return l
}

func (b *pprofBuilder) function(key pprofFunction) *pprof.Function {
	fn, ok := b.functions[key]
	if !ok {
		fn = &pprof.Function{ID: uint64(len(b.prof.Function)) + 1, Name: key.name, Filename: key.file}
		// pprof demangles a name that is its system name, and takes what is between
		// brackets out of one that is demangled: seventeen poll functions were one.
		if names.IsLinkersName(key.name) {
			fn.SystemName = key.name
		}
		b.functions[key] = fn
		b.prof.Function = append(b.prof.Function, fn)
	}
	return fn
}

// mainMapping makes the program itself the first mapping, which pprof shows as
// the profile's file.
func (b *pprofBuilder) mainMapping() {
	if e := b.source.Recording; e != nil {
		for _, m := range b.source.Modules {
			if m.Path == e.Program {
				b.moduleMapping(m)
				return
			}
		}
	}
	if b.source.Recording == nil {
		b.mapping(pprofMapping{path: programOf(b.source)})
	}
}

// programOf is the program's name in a file that names it only by its command.
func programOf(p *profile.Profile) string {
	if program, _, _ := strings.Cut(strings.TrimSpace(p.Command), " "); program != "" {
		return program
	}
	return "(unknown program)"
}

// mappingOf returns the mapping of frames that share one address. Where the
// file says nothing of modules, as in those of other tools, what has no library
// beside it counts as the program's.
func (b *pprofBuilder) mappingOf(frames []uint32) *pprof.Mapping {
	for _, i := range frames {
		if m := b.source.Frames[i].Module; m != nil {
			return b.moduleMapping(m)
		}
	}
	if b.source.Recording == nil && b.frames.Frame(frames[0]).Addr != 0 {
		return b.mapping(pprofMapping{path: programOf(b.source)})
	}
	return nil
}

// moduleMapping returns the mapping of a module whose place in memory is known.
// It begins with the file: the loader maps a module from its start.
func (b *pprofBuilder) moduleMapping(module *profile.Module) *pprof.Mapping {
	m := b.mapping(pprofMapping{module.Path, module.Start})
	m.Start, m.Limit, m.BuildID = module.Start, module.End, names.Printable(module.BuildID)
	return m
}

func (b *pprofBuilder) mapping(key pprofMapping) *pprof.Mapping {
	m, ok := b.mappings[key]
	if !ok {
		m = &pprof.Mapping{ID: uint64(len(b.prof.Mapping)) + 1, File: names.Printable(key.path)}
		b.mappings[key] = m
		b.prof.Mapping = append(b.prof.Mapping, m)
	}
	return m
}
