package frames

import (
	"slices"
	"strings"
)

// Steps makes of stacks what trees and pictures show of them. A step is a frame, or a run of
// frames that a reader would only pass on the way from one function of interest to the next.
// A run is one step, whatever the stack's path through it.
//
// Passed are the frames of run-time crates and libraries (executors with their chains of
// polls, thread pools, std), and those of functions that the stack has been in already, as of
// a parser that calls itself: so each function is seen where it comes first.
type Steps struct {
	table    *Table
	passed   []bool  // of each frame: it is run-time code
	crate    []int32 // of each frame: index into crates
	function []int32 // of each frame: equal where the function is
	crates   []string

	runs  []Run
	index map[runKey]uint32 // index into runs

	stacks int32   // how many were folded
	seen   []int32 // of each function: which of the stacks was in it last
	counts []int32 // of each crate, while a run is named: its frames
	order  []int32 // the crates of that run, outermost first
}

// The first of Steps.crates.
const (
	noCrate  = iota // of frames of which no crate is known
	stdCrate        // Rust's own, and C++'s standard library
)

// Run is a run of frames that is one step. Those of the same crates are the same.
type Run struct {
	Crates    []string // those with the most frames, outermost first; std only where there is no other
	Recursion bool     // functions come again in it that are not run-time code
}

// Key is equal where runs are the same, of two profiles, too.
func (r *Run) Key() string {
	key := strings.Join(slices.Sorted(slices.Values(r.Crates)), ",")
	if r.Recursion {
		key += " again"
	}
	return key
}

const (
	// leastRun is how many frames make a run: to leave out less would save nothing.
	leastRun = 3
	// maxRunCrates is how many crates a run is named after.
	maxRunCrates = 3
)

// runKey is what makes runs the same: their crates, sorted, as indices into Steps.crates.
type runKey struct {
	crates    [maxRunCrates]int32
	recursion bool
}

// NewSteps returns the steps of a profile's stacks. With own all frames are passed that are
// not the program's own code.
func NewSteps(t *Table, own bool) *Steps {
	s := &Steps{
		table: t, index: map[runKey]uint32{},
		passed: make([]bool, t.Len()), crate: make([]int32, t.Len()), function: make([]int32, t.Len()),
	}
	type function struct{ name, owner string }
	crates, functions := map[string]int32{"": noCrate, "std": stdCrate}, map[function]int32{}
	nameless := int32(0) // functions without a name: each is a place in a module, and one frame
	for i := range t.Len() {
		f := t.Frame(uint32(i))
		s.passed[i] = f.IsMachinery() || own && !f.Own && !f.Marker
		s.crate[i] = number(crates, f.Library())
		if f.Function == "" {
			nameless--
			s.function[i] = nameless
			continue
		}
		s.function[i] = number(functions, function{f.Name(), f.Owner()})
	}
	for i, n := range s.function {
		if n < 0 {
			s.function[i] = int32(len(functions)) - 1 - n
		}
	}
	s.crates = make([]string, len(crates))
	for name, i := range crates {
		s.crates[i] = name
	}
	s.counts, s.seen = make([]int32, len(crates)), make([]int32, len(functions)-int(nameless))
	return s
}

// number returns the number of a key, in the order of first use.
func number[K comparable](known map[K]int32, key K) int32 {
	n, ok := known[key]
	if !ok {
		n = int32(len(known))
		known[key] = n
	}
	return n
}

// Fold appends the steps of a stack, innermost first as the stack is, to steps, and of each
// run among them how many frames it has to counts. A step below the length of the profile's
// frame table is a frame, any other a run. The frame at index site of the stack is
// never in a run. Frames of the interpreter that runs functions in Python or JavaScript are in no step: they are how one of these
// calls another.
func (s *Steps) Fold(steps []uint32, counts []int32, stack []uint32, site int) ([]uint32, []int32) {
	s.stacks++
	script := s.table.hasScript(stack)
	firstStep, firstCount := len(steps), len(counts)
	for i := len(stack) - 1; i >= 0; {
		first := i
		recursion, inside := false, 0
		for ; i >= 0 && i != site; i-- {
			f := stack[i]
			if script && s.table.traits[f].has(ofInterpreter) {
				inside++
				continue
			}
			again := s.seen[s.function[f]] == s.stacks
			if !again && !s.passed[f] {
				break
			}
			s.seen[s.function[f]] = s.stacks
			recursion = recursion || !s.passed[f]
		}
		if n := first - i - inside; n >= leastRun {
			steps = append(steps, s.run(stack[i+1:first+1], recursion, script))
			counts = append(counts, int32(n))
		} else {
			for ; first > i; first-- {
				if inside == 0 || !s.table.traits[stack[first]].has(ofInterpreter) {
					steps = append(steps, stack[first])
				}
			}
		}
		if i >= 0 {
			s.seen[s.function[stack[i]]] = s.stacks
			steps = append(steps, stack[i])
			i--
		}
	}
	slices.Reverse(steps[firstStep:])
	slices.Reverse(counts[firstCount:])
	return steps, counts
}

// run returns the step that a run of frames is, of a stack that has functions in Python or JavaScript, or none.
func (s *Steps) run(stack []uint32, recursion, script bool) uint32 {
	s.order = s.order[:0]
	for _, f := range slices.Backward(stack) {
		c := s.crate[f]
		if !s.passed[f] || c == noCrate || script && s.table.traits[f].has(ofInterpreter) {
			continue
		}
		if s.counts[c] == 0 {
			s.order = append(s.order, c)
		}
		s.counts[c]++
	}
	key := runKey{recursion: recursion}
	for n := range key.crates {
		best := int32(noCrate)
		for _, c := range s.order {
			if s.counts[c] > s.counts[best] && (c != stdCrate || len(s.order) == 1) {
				best = c
			}
		}
		key.crates[n] = best
		s.counts[best] = 0
	}
	for _, c := range s.order {
		s.counts[c] = 0
	}
	slices.Sort(key.crates[:])
	i, ok := s.index[key]
	if !ok {
		run := Run{Recursion: recursion}
		for _, c := range s.order {
			if slices.Contains(key.crates[:], c) {
				run.Crates = append(run.Crates, s.crates[c])
			}
		}
		i = uint32(len(s.runs))
		s.runs = append(s.runs, run)
		s.index[key] = i
	}
	return uint32(s.table.Len()) + i
}

// Run returns which of Runs a step is; ok is false for a frame.
func (s *Steps) Run(step uint32) (run int, ok bool) {
	run = int(step) - s.table.Len()
	return run, run >= 0
}

// Runs returns the runs of the stacks that were folded so far, each once.
func (s *Steps) Runs() []Run { return s.runs }
