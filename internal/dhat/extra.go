package dhat

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// privateKey is the one top-level key that is heapprof's own.
const privateKey = "heapprof"

// extraVersion is the layout that this package writes; see the package
// comment.
const extraVersion = 1

// extraJSON is the value of that key.
type extraJSON struct {
	Version  int        `json:"version"`
	Program  string     `json:"program"`
	Host     string     `json:"host"`
	Start    *time.Time `json:"start"`
	ExitCode int        `json:"exitCode"`
	Signal   int        `json:"signal"`

	AnonymousPeak uint64 `json:"anonymousPeak"`
	StaticBytes   uint64 `json:"staticBytes"`
	StackBytes    uint64 `json:"stackBytes"`
	Threads       uint64 `json:"threads"`
	Depth         uint64 `json:"depth"`
	Deepest       uint64 `json:"deepest"`

	Counts       countsJSON   `json:"counts"`
	Unseen       []string     `json:"unseen"`
	MergedPoints uint64       `json:"mergedPoints"`
	Timeline     [][4]uint64  `json:"timeline"`
	Sizes        [][3]uint64  `json:"sizes"`
	Modules      []moduleJSON `json:"modules"`
	FrameModules []int32      `json:"frameModules"`

	MappingsPeak *uint64       `json:"mappingsPeak"` // where there is none, mappings were not recorded
	Mappings     []mappingJSON `json:"mappings"`
}

type countsJSON struct {
	TruncatedStacks  uint64 `json:"truncatedStacks,omitempty"`
	TruncatedBlocks  uint64 `json:"truncatedBlocks,omitempty"`
	IncompleteStacks uint64 `json:"incompleteStacks,omitempty"`
	IncompleteBlocks uint64 `json:"incompleteBlocks,omitempty"`
	LostEvents       uint64 `json:"lostEvents,omitempty"`
	UnknownFrees     uint64 `json:"unknownFrees,omitempty"`
	Unprofiled       uint64 `json:"unprofiled,omitempty"`
	UnplacedModules  uint64 `json:"unplacedModules,omitempty"`
}

type moduleJSON struct {
	Path    string  `json:"path"`
	BuildID string  `json:"buildID,omitempty"`
	Start   address `json:"start"`
	End     address `json:"end"`
	Bias    address `json:"bias"`

	Nameless     string   `json:"nameless,omitempty"`
	MissingSplit []string `json:"missingSplit,omitempty"`
}

// address is written as "0x7f00".
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

// extra reads heapprof's own key.
func (r *reader) extra() {
	s := r.s
	if s.peek() != '{' {
		s.unexpected("an object")
		return
	}
	start := s.offset()
	text := s.value()
	if s.err != nil {
		return
	}
	var j extraJSON
	if err := json.Unmarshal(text, &j); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			s.fail(formatErrorf("is damaged at byte %d: %q of %q: want %s, not %s",
				start+wrong.Offset, wrong.Field, privateKey, wrong.Type, wrong.Value))
			return
		}
		s.fail(formatErrorf("is damaged after byte %d: %q: %v", start, privateKey, err))
		return
	}
	if j.Version < 1 {
		s.fail(formatErrorf("is damaged after byte %d: %q has no version", start, privateKey))
		return
	}
	r.p.Extra = j.extra()
}

func (j *extraJSON) extra() *Extra {
	x := &Extra{
		Version:  j.Version,
		Program:  j.Program,
		Host:     j.Host,
		ExitCode: j.ExitCode,
		Signal:   j.Signal,

		AnonymousPeak: j.AnonymousPeak,
		StaticBytes:   j.StaticBytes,
		StackBytes:    j.StackBytes,
		Threads:       j.Threads,
		Depth:         j.Depth,
		Deepest:       j.Deepest,

		Counts:       Counts(j.Counts),
		Unseen:       j.Unseen,
		MergedPoints: j.MergedPoints,
		FrameModules: j.FrameModules,
	}
	if j.MappingsPeak != nil {
		x.Mappings = &Mappings{PeakTime: *j.MappingsPeak}
		for i := range j.Mappings {
			x.Mappings.Points = append(x.Mappings.Points, j.Mappings[i].point())
		}
	}
	if j.Start != nil {
		x.Start = j.Start.UTC()
	}
	for _, t := range j.Timeline {
		x.Timeline = append(x.Timeline, Sample{Time: t[0], Bytes: t[1], Blocks: t[2], RSS: t[3]})
	}
	for _, c := range j.Sizes {
		x.Sizes = append(x.Sizes, SizeClass{Max: c[0], Blocks: c[1], Bytes: c[2]})
	}
	for _, m := range j.Modules {
		x.Modules = append(x.Modules, Module{
			Path: m.Path, BuildID: m.BuildID,
			Start: uint64(m.Start), End: uint64(m.End), Bias: uint64(m.Bias),
			Nameless: m.Nameless, MissingSplit: m.MissingSplit,
		})
	}
	return x
}

func newExtraJSON(x *Extra) *extraJSON {
	j := &extraJSON{
		Version:  extraVersion,
		Program:  x.Program,
		Host:     x.Host,
		ExitCode: x.ExitCode,
		Signal:   x.Signal,

		AnonymousPeak: x.AnonymousPeak,
		StaticBytes:   x.StaticBytes,
		StackBytes:    x.StackBytes,
		Threads:       x.Threads,
		Depth:         x.Depth,
		Deepest:       x.Deepest,

		Counts:       countsJSON(x.Counts),
		Unseen:       x.Unseen,
		MergedPoints: x.MergedPoints,
		FrameModules: x.FrameModules,
	}
	if !x.Start.IsZero() {
		utc := x.Start.UTC()
		j.Start = &utc
	}
	if x.Mappings != nil {
		j.MappingsPeak = &x.Mappings.PeakTime
		for i := range x.Mappings.Points {
			j.Mappings = append(j.Mappings, newMappingJSON(&x.Mappings.Points[i]))
		}
	}
	for _, t := range x.Timeline {
		j.Timeline = append(j.Timeline, [4]uint64{t.Time, t.Bytes, t.Blocks, t.RSS})
	}
	for _, c := range x.Sizes {
		j.Sizes = append(j.Sizes, [3]uint64{c.Max, c.Blocks, c.Bytes})
	}
	for _, m := range x.Modules {
		j.Modules = append(j.Modules, moduleJSON{
			Path: m.Path, BuildID: m.BuildID,
			Start: address(m.Start), End: address(m.End), Bias: address(m.Bias),
			Nameless: m.Nameless, MissingSplit: m.MissingSplit,
		})
	}
	return j
}

// checkExtra says whether what Extra has of indices and columns may be used.
func (p *Profile) checkExtra() error {
	if err := p.checkMappings(); err != nil {
		return err
	}
	if p.Extra == nil || len(p.Extra.FrameModules) == 0 {
		return nil
	}
	if got, want := len(p.Extra.FrameModules), len(p.Frames); got != want {
		return fmt.Errorf("%d modules are named for %d frames", got, want)
	}
	for i, m := range p.Extra.FrameModules {
		if m < -1 || int(m) >= len(p.Extra.Modules) {
			return fmt.Errorf("frame %d refers to module %d, and there are %d modules", i, m, len(p.Extra.Modules))
		}
	}
	return nil
}
