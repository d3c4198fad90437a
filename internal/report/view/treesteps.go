package view

import "heapprof/internal/report/frames"

// treeSteps numbers what a row of a tree may stand for, in one profile or in both of a diff: the
// keys of frames come first, then the types, then what there is no such list of.
type treeSteps struct {
	keys *keys

	others []treeStep
	runs   map[string]uint32 // of a run, by its crates: the step
	pairs  map[rowKey]uint32 // of a site with a type: the step
}

// treeStep is a run of frames, or a site with a type.
type treeStep struct {
	run *frames.Run // nil: a site with a type
	row rowKey
}

func newTreeSteps(k *keys) *treeSteps {
	return &treeSteps{keys: k, runs: map[string]uint32{}, pairs: map[rowKey]uint32{}}
}

func (t *treeSteps) firstType() uint32  { return uint32(len(t.keys.frames)) }
func (t *treeSteps) firstOther() uint32 { return t.firstType() + uint32(len(t.keys.types)) }
func (t *treeSteps) len() int           { return int(t.firstOther()) + len(t.others) }

func (t *treeSteps) add(s treeStep) uint32 {
	t.others = append(t.others, s)
	return uint32(t.len()) - 1
}

// pair returns the step that stands for a site with a type.
func (t *treeSteps) pair(key rowKey) uint32 {
	step, ok := t.pairs[key]
	if !ok {
		step = t.add(treeStep{row: key})
		t.pairs[key] = step
	}
	return step
}

// run returns the step of a run: the same for the same crates in any order, in either profile.
func (t *treeSteps) run(r *frames.Run) uint32 {
	name := r.Key()
	step, ok := t.runs[name]
	if !ok {
		step = t.add(treeStep{run: r})
		t.runs[name] = step
	}
	return step
}

func (t *treeSteps) isRun(step uint32) bool {
	return step >= t.firstOther() && t.others[step-t.firstOther()].run != nil
}

// row returns a new row for a step.
func (t *treeSteps) row(step uint32) *Row {
	switch {
	case step < t.firstType():
		return &Row{key: step}
	case step < t.firstOther():
		return &Row{Kind: OfType, key: noKey, typ: step - t.firstType()}
	}
	s := &t.others[step-t.firstOther()]
	if s.run != nil {
		return &Row{Kind: Run, key: noKey, Run: &FrameRun{Run: *s.run}}
	}
	return &Row{key: s.row.frame, typ: s.row.typ}
}

// FrameRun is the run of frames that a row stands for.
type FrameRun struct {
	frames.Run
	Least, Most int // how many frames it has in the stacks of the row
}

func (r *FrameRun) add(n int) {
	if r.Least == 0 {
		r.Least = n
	}
	r.Least, r.Most = min(r.Least, n), max(r.Most, n)
}

// treeStacks makes the stacks of a tree of those of one profile.
type treeStacks struct {
	builder *treeBuilder
	side    *side
	steps   *frames.Steps // nil: no frames are folded
	runs    []uint32      // of the runs of steps: those of the tree

	buffer []uint32 // of the point at hand: its frames
	stack  []uint32 // and steps
	counts []int32
	stacks []uint32 // what is free of the memory for stacks, and for numbers of frames
	frames []int32
}

// keep returns a copy of all in memory that is taken from free, and refilled: half a million
// stacks are common.
func keep[T any](free *[]T, all []T) []T {
	const chunk = 1 << 15
	if len(all) > len(*free) {
		*free = make([]T, max(len(all), chunk))
	}
	n := copy(*free, all)
	kept := (*free)[:n:n]
	*free = (*free)[n:]
	return kept
}

func (b *treeBuilder) newTreeStacks(s *side) *treeStacks {
	t := &treeStacks{builder: b, side: s}
	if o := &b.view.Options; !o.AllFrames && (o.By == BySite || o.By == ByFunction) {
		t.steps = frames.NewSteps(s.Frames, o.Own)
	}
	return t
}

// site returns the step of a point's site alone, which a tree begins with where sites come first.
func (t *treeStacks) site(point int) []uint32 {
	stack := t.side.Profile.Points[point].Stack.Into(&t.buffer)
	site := t.side.site(stack)
	if site < 0 {
		return nil
	}
	t.stack = append(t.stack[:0], t.siteStep(point, site))
	return keep(&t.stacks, t.stack)
}

// siteStep returns the step of a point's site, with the type that tells rows of it apart.
func (t *treeStacks) siteStep(point, site int) uint32 {
	if key := t.builder.rowKey(t.side, point, site); key.typ != noType {
		return t.builder.steps.pair(key)
	}
	return t.side.ids[t.side.Profile.Points[point].Stack.At(site)]
}

// of returns the steps that the tree shows of a point's stack, innermost first, and how many
// frames each run among them has.
func (t *treeStacks) of(point int) (stack []uint32, counts []int32) {
	s, steps := t.side, t.builder.steps
	frames := s.Profile.Points[point].Stack.Into(&t.buffer)
	site, to := s.part(frames)
	if site < 0 {
		return nil, nil
	}
	frames = frames[site:to]
	t.stack, t.counts = t.stack[:0], t.counts[:0]
	bottomUp := t.builder.view.Options.BottomUp
	if !bottomUp {
		if key := t.builder.rowKey(s, point, site); key.typ != noType {
			t.stack = append(t.stack, steps.firstType()+key.typ)
		}
	}
	n := len(t.stack)
	if t.steps == nil {
		t.stack = append(t.stack, frames...)
	} else {
		t.stack, t.counts = t.steps.Fold(t.stack, t.counts, frames, 0)
	}
	for i, step := range t.stack[n:] {
		t.stack[n+i] = t.key(step)
	}
	if bottomUp {
		t.stack[0] = t.siteStep(point, site)
	}
	return keep(&t.stacks, t.stack), keep(&t.frames, t.counts)
}

// key returns the step of the tree that a frame is, or a run.
func (t *treeStacks) key(step uint32) uint32 {
	if t.steps == nil {
		return t.side.ids[step]
	}
	run, ok := t.steps.Run(step)
	if !ok {
		return t.side.ids[step]
	}
	for len(t.runs) <= run {
		t.runs = append(t.runs, t.builder.steps.run(&t.steps.Runs()[len(t.runs)]))
	}
	return t.runs[run]
}
