package flame

import (
	"slices"
	"strings"

	"heapprof/internal/report/frames"
	"heapprof/internal/report/label"
	"heapprof/internal/report/view"
)

// builder makes the stacks of a graph of steps, which get their labels when all are known: 0 is
// the stack without frames, as frame 0 is in no stack; then come the frames, the types, the
// threads, the runs.
type builder struct {
	source  *view.Source
	options Options
	steps   *frames.Steps
	typeOf  []uint32 // of each point: the step of its type; 0 where that is not known, or not shown
	types   []string // their names
	threads []string // the names of threads, the first of those that nobody knows; none: they are not shown

	frames []uint32 // of the point at hand
	stack  []uint32 // its steps
	counts []int32
	arena  arena[int32]
}

func newBuilder(s *view.Source, o Options) *builder {
	b := &builder{source: s, options: o, typeOf: make([]uint32, len(s.Profile.Points))}
	if !o.AllFrames {
		b.steps = frames.NewSteps(s.Frames, o.Own)
	}
	if p := s.Profile; o.Threads && p.PointThreads != nil {
		b.threads = append([]string{label.AnyThread}, label.ThreadsOf(p)...)
	}
	if o.NoTypes {
		return b
	}
	known := map[string]uint32{}
	for i := range b.typeOf {
		name := b.typeName(i)
		if name == "" {
			continue
		}
		step, ok := known[name]
		if !ok {
			step = uint32(b.firstType() + len(b.types))
			known[name] = step
			b.types = append(b.types, name)
		}
		b.typeOf[i] = step
	}
	return b
}

// typeName returns the type of a point's blocks; "" where that is not known. Of mappings it is the
// kind, with which their stacks begin.
func (b *builder) typeName(point int) string {
	stack := b.source.Profile.Points[point].Stack
	if stack.Len() > 1 && !b.options.AllFrames {
		if f := b.source.Frames.Frame(stack.At(0)); f.Marker {
			return strings.Trim(f.Function, "[]")
		}
	}
	return b.source.Types.Of(point).Name
}

// firstType, firstThread and firstRun return the first step that is a type, a thread, and a run.
func (b *builder) firstType() int   { return max(b.source.Frames.Len(), 1) }
func (b *builder) firstThread() int { return b.firstType() + len(b.types) }
func (b *builder) firstRun() int    { return b.firstThread() + len(b.threads) }

// add returns the steps of a point's stack, outermost first, and how many frames each of its
// runs has.
func (b *builder) add(point int) (stack, runs []int32) {
	b.stack, b.counts = b.stack[:0], b.counts[:0]
	typ := b.typeOf[point]
	if typ != 0 {
		b.stack = append(b.stack, typ)
	}
	frames := b.drawn(b.source.Profile.Points[point].Stack.Into(&b.frames))
	switch {
	case len(frames) == 0:
		b.stack = append(b.stack, 0)
	case b.steps == nil:
		b.stack = append(b.stack, frames...)
	default:
		n := len(b.stack)
		b.stack, b.counts = b.steps.Fold(b.stack, b.counts, frames, 0) // the first is the site
		for i, step := range b.stack[n:] {
			if run, ok := b.steps.Run(step); ok {
				b.stack[n+i] = uint32(b.firstRun() + run)
			}
		}
	}
	if b.threads != nil {
		b.stack = append(b.stack, uint32(b.firstThread()+1+b.source.Profile.PointThreads[point]))
	}
	slices.Reverse(b.stack)
	slices.Reverse(b.counts)
	stack = b.arena.get(len(b.stack))
	for i, step := range b.stack {
		stack[i] = int32(step)
	}
	runs = b.arena.get(len(b.counts))
	copy(runs, b.counts)
	return stack, runs
}

// drawn returns the part of a stack to draw: from its site outward, without start-up code. Of
// all frames only the functions that programs call to allocate are left out, malloc as operator
// new: heapprof's own profiles have no malloc, as they are recorded there.
func (b *builder) drawn(stack []uint32) []uint32 {
	if b.options.AllFrames || len(stack) == 0 {
		return b.source.Frames.BelowAllocator(stack)
	}
	from, to := b.source.Frames.Trim(stack, false)
	return stack[from:to]
}

// labels returns the label of each step.
func (b *builder) labels(function func(f *frames.Frame, apart string) Label) []Label {
	t := b.source.Frames
	all := make([]Label, b.firstType(), b.firstRun())
	all[0] = Label{Kind: Marker, Name: frames.NoStack}
	apart := namesakes(t)
	for i := 1; i < t.Len(); i++ {
		f := t.Frame(uint32(i))
		if f.Runtime != nil && !b.options.AllFrames {
			f = &frames.Frame{Function: f.Runtime.Name, Module: f.Module}
		}
		all[i] = function(f, apart[i])
		if f.Marker {
			all[i].Kind = Marker
		}
	}
	for _, name := range b.types {
		all = append(all, Label{Kind: Type, Name: label.Type(name)})
	}
	for _, name := range b.threads {
		all = append(all, Label{Kind: Marker, Name: label.ThreadFrame(name)})
	}
	if b.steps != nil {
		for _, r := range b.steps.Runs() {
			passed := label.Passed(r)
			all = append(all, Label{Kind: Run, Name: label.Run(passed), Passed: passed})
		}
	}
	return all
}

// arena hands out parts of few large slices, as half a million stacks are common.
type arena[T any] struct{ free []T }

func (a *arena[T]) get(n int) []T {
	const chunk = 1 << 16
	if n > len(a.free) {
		a.free = make([]T, max(n, chunk))
	}
	part := a.free[:n:n]
	a.free = a.free[n:]
	return part
}
