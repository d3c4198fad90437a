package dhat

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"heapprof/internal/profile"
)

// readPrivate reads the value of heapprof's own key and keeps it. It may come before the
// frame table, so applyPrivate uses it only when all has been read.
func (r *reader) readPrivate() {
	s := r.s
	if s.peek() != '{' {
		s.unexpected("an object")
		return
	}
	start := s.offset()
	s.open('{')
	var rest object // all but the tables of facts, which are large
	tables := make(map[string][][]uint64)
	for n := 0; s.more('}', n); n++ {
		key := append([]byte(nil), s.key()...)
		if isFactTable(key) {
			tables[string(key)] = s.rows()
			continue
		}
		s.peek()
		at := s.offset()
		rest.add(key, s.value(), at)
	}
	if s.err != nil {
		return
	}
	var j privateKeys
	if err := json.Unmarshal(rest.bytes(), &j); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			s.fail(profile.Formatf("is damaged at byte %d: %q of %q: want %s, not %s",
				rest.offset(wrong.Offset), wrong.Field, privateKey, wrong.Type, wrong.Value))
			return
		}
		s.fail(profile.Formatf("is damaged after byte %d: %q: %v", start, privateKey, err))
		return
	}
	if j.Version < 1 {
		s.fail(profile.Formatf("is damaged after byte %d: %q has no version", start, privateKey))
		return
	}
	j.tables = tables
	r.private = &j
}

// applyPrivate fills in the profile what heapprof's own key tells, among it the modules of
// frames, and which frames are inlined. Without the key these are guessed.
func (r *reader) applyPrivate() error {
	p := r.p
	j := r.private
	if j == nil {
		r.nameModules(nil)
		p.InferInlined()
		return nil
	}
	for _, part := range j.Merged {
		p.Merged = append(p.Merged, profile.Part(part))
	}
	setMeasured(p, j.Measured, j.Unmeasured)
	p.Sampling = profile.Sampling{MeanBytes: j.SampledBytes, ExactBytes: j.ExactBytes, ExactBlocks: j.ExactBlocks}
	p.Recording = j.recording()
	for _, x := range j.Extra {
		p.Extra = append(p.Extra, profile.Extra{Name: x[0], Unit: x[1]})
	}
	var err error
	if p.Recording.Frees, err = j.frees(); err != nil {
		return err
	}
	if p.Recording.Snapshots, err = snapshots(j.Snapshots); err != nil {
		return err
	}
	if p.Recording.Joint, err = j.joint(p.Recording.Start); err != nil {
		return err
	}
	if err := j.apply(p); err != nil {
		return err
	}
	for _, t := range j.Timeline {
		p.Timeline = append(p.Timeline, profile.Reading{Time: t[0], Bytes: t[1], Blocks: t[2], RSS: t[3]})
	}
	if err := errors.Join(checkMappings(p), checkFrees(p), checkResident(p), checkSnapshots(p), checkRefusals(p)); err != nil {
		return err
	}
	for _, m := range j.Modules {
		p.Modules = append(p.Modules, &profile.Module{
			Path: m.Path, BuildID: m.BuildID,
			Start: uint64(m.Start), End: uint64(m.End), Bias: uint64(m.Bias), ByOffset: m.ByOffset,
			Nameless: namelessOf(m.Nameless), MissingSplit: m.MissingSplit,
		})
	}
	if len(j.FrameModules) > 0 && len(j.FrameModules) != len(p.Frames) {
		return fmt.Errorf("%d modules are named for %d frames", len(j.FrameModules), len(p.Frames))
	}
	for i, m := range j.FrameModules {
		if m < -1 || int(m) >= len(p.Modules) {
			return fmt.Errorf("frame %d refers to module %d, and there are %d modules", i, m, len(p.Modules))
		}
	}
	r.nameModules(j.FrameModules)
	err = errors.Join(
		applyToFrames(p, "language", j.Languages, func(f *profile.Frame, name string) { f.Language = profile.ParseLanguage(name) }),
		applyToFrames(p, "instance", j.Instances, func(f *profile.Frame, name string) { f.Instance = name }),
		applyToFrames(p, "created type", j.Created, func(f *profile.Frame, name string) { f.Created = name }),
		applyToFrames(p, "type's size", j.TypeSizes, func(f *profile.Frame, bytes uint64) { f.TypeSize = bytes }),
		applyToFrames(p, "entry", j.Entries, func(f *profile.Frame, entry address) { f.Entry = uint64(entry) }),
	)
	if err != nil {
		return err
	}
	if j.Tool != nil {
		p.Maker, p.RunsOn, p.Recording = *j.Tool, j.RunsOn, nil
	}
	if j.Inlined == nil {
		p.InferInlined()
		return nil
	}
	for _, i := range j.Inlined {
		if int(i) >= len(p.Frames) {
			return fmt.Errorf("frame %d is said to be inlined, and the frame table ends before %d", i, len(p.Frames))
		}
		p.Frames[i].Inlined = true
	}
	return nil
}

// applyToFrames sets, in each frame that a value's list names, what the value stands for. what
// is what an error calls the value.
func applyToFrames[V cmp.Ordered](p *profile.Profile, what string, table map[V][]uint32, set func(*profile.Frame, V)) error {
	for _, value := range slices.Sorted(maps.Keys(table)) {
		for _, i := range table[value] {
			if int(i) >= len(p.Frames) {
				return fmt.Errorf("the %s %v refers to frame %d, and the frame table ends before %d", what, value, i, len(p.Frames))
			}
			set(&p.Frames[i], value)
		}
	}
	return nil
}

// nameModules sets the modules of the frames. numbers has, for each frame, the index of its
// module or -1; a frame without one gets the module whose path its text names, if any.
func (r *reader) nameModules(numbers []int32) {
	p := r.p
	named := make(map[string]*profile.Module)
	for i := range p.Frames {
		f := &p.Frames[i]
		if i < len(numbers) && numbers[i] >= 0 {
			f.Module = p.Modules[numbers[i]]
		} else if path := r.textModules[i]; path != "" {
			m, ok := named[path]
			if !ok {
				m = &profile.Module{Path: path}
				named[path], p.Modules = m, append(p.Modules, m)
			}
			f.Module = m
		}
	}
}

// recording returns the recording that j stands for.
func (j *privateKeys) recording() *profile.Recording {
	r := &profile.Recording{
		Program:  j.Program,
		Host:     j.Host,
		ExitCode: j.ExitCode,
		Signal:   j.Signal,
		CPUTime:  j.CPUTime,

		AnonymousPeak: j.AnonymousPeak,
		StaticBytes:   j.StaticBytes,
		StackBytes:    j.StackBytes,
		Threads:       j.Threads,
		Depth:         j.Depth,
		Deepest:       j.Deepest,
		Nodes:         j.Nodes,
		NodeEvents:    j.NodeEvents,
		MaxNodes:      j.MaxNodes,

		Allocator: j.Allocator,
		Resident:  j.resident(),
		Limit:     j.limit(),
		Refusals:  j.refusals(),

		Counts:       profile.Counts(j.Counts),
		Notes:        j.notes(),
		MergedPoints: j.MergedPoints,
	}
	if j.MappingsPeak != nil {
		r.Mappings = &profile.Mappings{PeakTime: *j.MappingsPeak}
		for i := range j.Mappings {
			r.Mappings.Points = append(r.Mappings.Points, j.Mappings[i].point())
		}
	}
	j.endJSON.addTo(r)
	if j.Start != nil {
		r.Start = j.Start.UTC()
	}
	for _, c := range j.Sizes {
		r.Sizes = append(r.Sizes, profile.SizeClass{Max: c[0], Blocks: c[1], Bytes: c[2]})
	}
	return r
}

// namelessOf returns the cause that a file names, by a code or, where an older heapprof
// wrote it, in words.
func namelessOf(text string) profile.Nameless {
	switch {
	case strings.HasPrefix(text, "was deleted "):
		return profile.Deleted
	case strings.HasPrefix(text, "was replaced "):
		return profile.Replaced
	case strings.HasPrefix(text, "is a Rust program "):
		return profile.StrippedRust
	}
	return profile.Nameless(text)
}
