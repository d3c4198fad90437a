package main

import (
	"fmt"
	"time"
)

// goal is a figure to reach, of one program or of several.
type goal struct {
	programs string // in words, or the one program's name
	figure   string // what is measured
	limit    float64
	least    bool // the figure is to reach the limit; otherwise it is not to exceed it
	holds    func(*row) bool
	value    func(*row) (x float64, ok bool) // false: not measured
}

// goals returns what is to be reached where all processors are used, as of November 2026.
func (t *table) goals() []goal {
	if t.Processors == 1 {
		return []goal{{"every program", "heapprof's time /work", 1.10, false, every, func(r *row) (float64, bool) {
			// Less is counted in too few of the kernel's ticks.
			x, ok := ratio(r.Heapprof.median(), r.work())
			return x, ok && r.work() >= 50*time.Millisecond
		}}}
	}
	all := []goal{
		one("64 stacks by turns, depth 64", "added /heaptrack's", 0.2, addedByHeaptrack),
		one("in another thread, depth 64", "added /heaptrack's", 0.2, addedByHeaptrack),
	}
	for _, g := range []struct {
		name  string
		limit float64
	}{{"cc1plus, heavy on templates", 1.25}, {"inkscape", 1.35}, {"node", 1.35}, {"php", 1.5}, {"sqlite3", 1.2}, {"jq", 1.15}, {"lua", 1.3}, {"alloc-test", 1.7}} {
		all = append(all, one(g.name, "/native", g.limit, timesNative))
	}
	larson := one("larson, 2 threads", "op/s /native", 1.0/3, shareOfNative)
	larson.least = true
	all = append(all,
		one("gdb", "added s", 0.15, addedSeconds),
		one("rustc", "added s", 0.15, addedSeconds),
		one("true", "added s", 0.015, addedSeconds),
		larson)
	if t.Sample != "" {
		all = append(all,
			goal{"programs that nobody here wrote", "sampled /native", 1.03, false, func(r *row) bool { return r.Found && len(r.Rates.Native) == 0 }, sampledTimes},
			one("tight loop, depth 12", "sampled /native", 1.15, sampledTimes),
			goal{"redis-server", "sampled op/s /native", 0.97, true, func(r *row) bool { return r.Found && len(r.Rates.Native) > 0 }, func(r *row) (float64, bool) {
				return r.Rates.Sampled.median() / r.Rates.Native.median(), len(r.Rates.Sampled) > 0
			}})
	}
	if t.Retained {
		all = append(all, goal{"every program", "--retained /heapprof", 1.2, false, every, func(r *row) (float64, bool) {
			x, ok := ratio(r.Retained.median(), r.Heapprof.median())
			return x, ok && len(r.Retained) > 0
		}})
	}
	return append(all,
		goal{"every program", "node events /nodes", 1.05, false, every, eventsByNode},
		// In others the pages of files count too, such as of unwind information, that nobody else reads.
		goal{"programs written for this", "memory added in it /allowed", 1, false, func(r *row) bool { return !r.Found }, memoryByAllowance})
}

// one returns a goal of the program of that name.
func one(name, figure string, limit float64, value func(*row) (float64, bool)) goal {
	return goal{name, figure, limit, false, func(r *row) bool { return r.Name == name }, value}
}

func every(*row) bool { return true }

func timesNative(r *row) (float64, bool) { return ratio(r.Heapprof.median(), r.Native.median()) }

func sampledTimes(r *row) (float64, bool) {
	x, ok := ratio(r.Sampled.median(), r.Native.median())
	return x, ok && len(r.Sampled) > 0
}

func addedSeconds(r *row) (float64, bool) {
	return (r.Heapprof.median() - r.Native.median()).Seconds(), true
}

func addedByHeaptrack(r *row) (float64, bool) {
	x, ok := ratio(r.Heapprof.median()-r.Native.median(), r.Heaptrack.median()-r.Native.median())
	return x, ok && len(r.Heaptrack) > 0
}

func shareOfNative(r *row) (float64, bool) {
	return r.Rates.Heapprof.median() / r.Rates.Native.median(), len(r.Rates.Native) > 0
}

// What recording may add to a program's resident memory, in bytes.
const (
	memoryOfProgram = 1 << 20
	memoryOfThread  = 300 << 10
	memoryOfNode    = 24
)

// memoryByAllowance returns how much resident memory recording adds to the program, by how much
// it may.
func memoryByAllowance(r *row) (float64, bool) {
	if r.ProfiledPeak == 0 || r.ProgramPeak == 0 {
		return 0, false
	}
	return (float64(r.ProfiledPeak) - float64(r.ProgramPeak)) / float64(memoryOfProgram+uint64(r.Threads)*memoryOfThread+r.Nodes*memoryOfNode), true
}

// eventsByNode returns how often the program told of a node of its call tree.
func eventsByNode(r *row) (float64, bool) {
	return float64(r.NodeEvents) / float64(max(1, r.Nodes)), r.Nodes > 0
}

// meets reports whether x is what the goal asks for.
func (g *goal) meets(x float64) bool {
	if g.least {
		return x >= g.limit
	}
	return x <= g.limit
}

// worse reports whether x is farther from the goal than y.
func (g *goal) worse(x, y float64) bool { return x > y != g.least }

// goalGrid returns the table of what is to be reached: of each goal the figure of the program that
// is farthest from it. There are none for short inputs, and none for processor time.
func (t *table) goalGrid() grid {
	g := grid{title: "To reach", heads: []heading{{"", "to reach"}, {"", "figure"}, {"", "limit"}, {"", "is"}, {"", "reached"}, {"", "worst"}}}
	if t.Short || t.CPU {
		return g
	}
	g.lines = append(g.lines, t.pageGoals()...)
	for _, goal := range t.goals() {
		if line := t.against(&goal); line != nil {
			g.lines = append(g.lines, line)
		}
	}
	return g
}

// against returns the line of a goal, nil if no program was measured that it is about.
func (t *table) against(g *goal) []string {
	var worst *row
	var figure float64
	measured, met := 0, 0
	for i := range t.Rows {
		r := &t.Rows[i]
		if !g.holds(r) {
			continue
		}
		x, ok := g.value(r)
		if !ok {
			continue
		}
		measured++
		if g.meets(x) {
			met++
		}
		if worst == nil || g.worse(x, figure) {
			worst, figure = r, x
		}
	}
	if worst == nil {
		return nil
	}
	sign, reached := "<=", "no"
	if g.least {
		sign = ">="
	}
	switch {
	case measured > 1:
		reached = fmt.Sprintf("%d of %d", met, measured)
	case met == 1:
		reached = "yes"
	}
	name := "-"
	if measured > 1 {
		name = worst.Name
	}
	return []string{g.programs, g.figure, fmt.Sprintf("%s %.3g", sign, g.limit), fmt.Sprintf("%.3f", figure), reached, name}
}
