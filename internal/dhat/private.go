package dhat

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"heapprof/internal/profile"
)

// privateKey is the one top-level key that is heapprof's own.
const privateKey = "heapprof"

// privateVersion is the version of heapprof's own key that this package writes: see the
// package comment.
const privateVersion = 1

// privateKeys is the value of heapprof's own key, an object with these keys.
type privateKeys struct {
	Version  int        `json:"version"`
	Tool     *string    `json:"tool"` // that recorded, where it was not heapprof: the profile has no Recording then
	RunsOn   bool       `json:"runsOn"`
	Program  string     `json:"program"`
	Host     string     `json:"host"`
	Start    *time.Time `json:"start"`
	ExitCode int        `json:"exitCode"`
	Signal   int        `json:"signal"`
	CPUTime  uint64     `json:"cpuTime"`

	SampledBytes uint64   `json:"sampledBytes"`
	ExactBytes   uint64   `json:"exactBytes"`
	ExactBlocks  uint64   `json:"exactBlocks"`
	Measured     []string `json:"measured"`   // keys of the columns of profile.Lives that the points have, where these are not all
	Unmeasured   []string `json:"unmeasured"` // keys of other columns whose numbers the points lack

	Extra [][2]string `json:"extra"`

	AnonymousPeak uint64 `json:"anonymousPeak"`
	StaticBytes   uint64 `json:"staticBytes"`
	StackBytes    uint64 `json:"stackBytes"`
	Threads       uint64 `json:"threads"`
	Depth         uint64 `json:"depth"`
	Deepest       uint64 `json:"deepest"`
	Nodes         uint64 `json:"nodes"`
	NodeEvents    uint64 `json:"nodeEvents"`
	MaxNodes      uint64 `json:"maxNodes"`

	Counts       countsJSON   `json:"counts"`
	Unseen       []string     `json:"unseen"` // notes in words, as they were once written
	Notes        []noteJSON   `json:"notes"`
	MergedPoints uint64       `json:"mergedPoints"`
	Merged       []mergedJSON `json:"merged"`
	Timeline     [][4]uint64  `json:"timeline"`
	Sizes        [][3]uint64  `json:"sizes"`
	Modules      []moduleJSON `json:"modules"`

	FrameModules []int32             `json:"frameModules"`
	Inlined      []uint32            `json:"inlined"` // nil: the file does not tell
	Languages    map[string][]uint32 `json:"languages"`

	// What else is known of frames, each value with the frames that have it.
	Instances map[string][]uint32  `json:"instances"`
	Created   map[string][]uint32  `json:"created"`
	TypeSizes map[uint64][]uint32  `json:"typeSizes"`
	Entries   map[address][]uint32 `json:"entries"`

	MappingsPeak *uint64       `json:"mappingsPeak"` // where there is none, mappings were not recorded
	Mappings     []mappingJSON `json:"mappings"`

	Snapshots []snapshotJSON `json:"snapshots"`

	endJSON
	residentJSON
	freesJSON
	refusalsJSON
	factsJSON
	jointJSON
}

// mergedJSON is a profile.Part in a file.
type mergedJSON struct {
	Command  string `json:"cmd"`
	Profiles uint64 `json:"profiles"`
}

// countsJSON is a profile.Counts in a file.
type countsJSON struct {
	TruncatedStacks  uint64 `json:"truncatedStacks,omitempty"`
	TruncatedBlocks  uint64 `json:"truncatedBlocks,omitempty"`
	IncompleteStacks uint64 `json:"incompleteStacks,omitempty"`
	IncompleteBlocks uint64 `json:"incompleteBlocks,omitempty"`
	StacklessBlocks  uint64 `json:"stacklessBlocks,omitempty"`
	LostEvents       uint64 `json:"lostEvents,omitempty"`
	UnknownFrees     uint64 `json:"unknownFrees,omitempty"`
	Unprofiled       uint64 `json:"unprofiled,omitempty"`
	UnplacedModules  uint64 `json:"unplacedModules,omitempty"`
	OtherRefusals    uint64 `json:"otherRefusals,omitempty"`
}

// moduleJSON is a profile.Module in a file.
type moduleJSON struct {
	Path    string  `json:"path"`
	BuildID string  `json:"buildID,omitempty"`
	Start   address `json:"start"`
	End     address `json:"end"`
	Bias    address `json:"bias"`

	ByOffset     bool     `json:"byOffset,omitempty"`
	Nameless     string   `json:"nameless,omitempty"`
	MissingSplit []string `json:"missingSplit,omitempty"`
}

// address is an address, which a file has as a text in hex ("0x7f00").
type address uint64

func (a address) MarshalText() ([]byte, error) {
	return strconv.AppendUint([]byte("0x"), uint64(a), 16), nil
}

func (a *address) UnmarshalText(text []byte) error {
	n, err := strconv.ParseUint(string(text), 0, 64)
	if err != nil {
		return fmt.Errorf("%q is no address", text)
	}
	*a = address(n)
	return nil
}

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

// hasPrivate reports whether a profile is written with heapprof's own key: one that heapprof has recorded or merged, or
// that is of another tool which is named. A file of valgrind's stays as valgrind has written it.
func hasPrivate(p *profile.Profile) bool {
	return p.Recording != nil || p.Maker != "" || p.Merged != nil
}

// newPrivateKeys returns what heapprof's own key has for a profile, if it has one.
func newPrivateKeys(p *profile.Profile) *privateKeys {
	var tool *string
	if p.Recording == nil {
		tool = &p.Maker
		named := *p
		named.Recording = new(profile.Recording)
		p = &named
	}
	r := p.Recording
	j := &privateKeys{
		Version:  privateVersion,
		Tool:     tool,
		RunsOn:   p.RunsOn,
		Program:  r.Program,
		Host:     r.Host,
		ExitCode: r.ExitCode,
		Signal:   r.Signal,
		CPUTime:  r.CPUTime,

		SampledBytes: p.Sampling.MeanBytes,
		ExactBytes:   p.Sampling.ExactBytes,
		ExactBlocks:  p.Sampling.ExactBlocks,
		Measured:     measured(p.Columns),
		Unmeasured:   unmeasured(p.Columns),
		Extra:        extraKeys(p.Extra),

		AnonymousPeak: r.AnonymousPeak,
		StaticBytes:   r.StaticBytes,
		StackBytes:    r.StackBytes,
		Threads:       r.Threads,
		Depth:         r.Depth,
		Deepest:       r.Deepest,
		Nodes:         r.Nodes,
		NodeEvents:    r.NodeEvents,
		MaxNodes:      r.MaxNodes,

		Counts:       countsJSON(r.Counts),
		Notes:        newNotesJSON(r.Notes),
		MergedPoints: r.MergedPoints,
		Inlined:      []uint32{},
	}
	if !r.Start.IsZero() {
		utc := r.Start.UTC()
		j.Start = &utc
	}
	if r.Mappings != nil {
		j.MappingsPeak = &r.Mappings.PeakTime
		for i := range r.Mappings.Points {
			j.Mappings = append(j.Mappings, newMappingJSON(&r.Mappings.Points[i]))
		}
	}
	j.endJSON = newEndJSON(r)
	j.residentJSON = newResidentJSON(r)
	j.Snapshots = newSnapshotsJSON(r.Snapshots)
	j.freesJSON = newFreesJSON(r.Frees)
	j.refusalsJSON = newRefusalsJSON(r)
	j.jointJSON = newJointJSON(r)
	j.factsJSON = newFactsJSON(p)
	for _, t := range p.Timeline {
		j.Timeline = append(j.Timeline, [4]uint64{t.Time, t.Bytes, t.Blocks, t.RSS})
	}
	for _, c := range r.Sizes {
		j.Sizes = append(j.Sizes, [3]uint64{c.Max, c.Blocks, c.Bytes})
	}
	for _, part := range p.Merged {
		j.Merged = append(j.Merged, mergedJSON(part))
	}
	j.addFrames(p)
	return j
}

// extraKeys returns what the points count besides, each a name and a unit.
func extraKeys(all []profile.Extra) (keys [][2]string) {
	for _, x := range all {
		keys = append(keys, [2]string{x.Name, x.Unit})
	}
	return keys
}

// addFrames adds what the texts of the frame table do not tell: the frames' modules,
// languages and types, and which are inlined.
func (j *privateKeys) addFrames(p *profile.Profile) {
	numbers := map[*profile.Module]int32{nil: -1}
	for i, m := range p.Modules {
		numbers[m] = int32(i)
		j.Modules = append(j.Modules, moduleJSON{
			Path: m.Path, BuildID: m.BuildID,
			Start: address(m.Start), End: address(m.End), Bias: address(m.Bias), ByOffset: m.ByOffset,
			Nameless: string(m.Nameless), MissingSplit: m.MissingSplit,
		})
	}
	for i := range p.Frames {
		f := &p.Frames[i]
		number, known := numbers[f.Module]
		if !known {
			number = -1
		}
		j.FrameModules = append(j.FrameModules, number)
		if f.Inlined {
			j.Inlined = append(j.Inlined, uint32(i))
		}
		addFrame(&j.Languages, f.Language.String(), i)
		addFrame(&j.Instances, f.Instance, i)
		addFrame(&j.Created, f.Created, i)
		addFrame(&j.TypeSizes, f.TypeSize, i)
		addFrame(&j.Entries, address(f.Entry), i)
	}
}

// addFrame adds a frame's index to the list of a value, unless the value is a zero one, which
// stands for what is not known.
func addFrame[V comparable](table *map[V][]uint32, value V, index int) {
	var unknown V
	if value == unknown {
		return
	}
	if *table == nil {
		*table = make(map[V][]uint32)
	}
	(*table)[value] = append((*table)[value], uint32(index))
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
