//go:build linux && (amd64 || arm64)

package tracker

import (
	"math"
	"slices"

	"heapprof/internal/profile"
	"heapprof/internal/tracker/naming"
	"heapprof/internal/tracker/patch"
	"heapprof/internal/tracker/patch/allocator"
	"heapprof/internal/tracker/patcher"
	"heapprof/internal/tracker/replay"
	"heapprof/internal/tracker/wire"
)

// entries returns the functions whose entries are to be hooked: those that are marked, then those that
// are counted, and those that copy.
func (o *Options) entries() (entries []patch.Entry) {
	for i, name := range o.MarkFunctions {
		entries = append(entries, patch.Entry{Name: name, Call: allocator.Call{Action: wire.ActionMark}, Number: uint32(i)})
	}
	for i, f := range o.Events {
		entries = append(entries, patch.Entry{Name: f.Name, Call: f.Call, Number: uint32(i)})
	}
	for i, f := range o.copying() {
		entries = append(entries, patch.Entry{Name: f.Name, Call: f.Call, Number: uint32(len(o.Events) + i), OfLibc: true})
	}
	return entries
}

// byOption tells those that were to be marked from those that were to be counted, and those that copy.
func (o *Options) byOption(all []patcher.Unhooked) (unmarked, uncounted, uncopied []Unhooked) {
	for _, u := range all {
		marks, events := len(o.MarkFunctions), len(o.Events)
		switch {
		case u.Entry < marks:
			unmarked = append(unmarked, u)
		case u.Entry < marks+events:
			u.Entry -= marks
			uncounted = append(uncounted, u)
		default:
			u.Entry -= marks + events
			uncopied = append(uncopied, u)
		}
	}
	return unmarked, uncounted, uncopied
}

// tellUnhooked tells whoever has asked of what is not hooked.
func (o *Options) tellUnhooked(all []patcher.Unhooked) {
	unmarked, uncounted, uncopied := o.byOption(all)
	if len(unmarked) > 0 && o.Unmarked != nil {
		o.Unmarked(unmarked)
	}
	if len(uncounted) > 0 && o.Uncounted != nil {
		o.Uncounted(uncounted)
	}
	o.tellUncopied(uncopied)
}

// notEntered sets which functions were not marked or counted though they were to be.
func (r *recording) notEntered() {
	marked, called, image := r.reader.Entered(), r.result.Called, r.images.main.patched(0)
	missed := r.patcher.NotEntered(image, func(entry int) bool {
		if entry < len(r.options.MarkFunctions) {
			return marked[entry]
		}
		event := entry - len(r.options.MarkFunctions)
		return event >= len(called) || called[event].Calls > 0 // not each way to copy is used
	})
	r.result.NotEntered, r.result.NotCounted, _ = r.options.byOption(missed)
	_, partly, uncopied := r.options.byOption(r.patcher.PartlyHooked(image))
	r.result.NotCounted, r.result.NotCopied = append(r.result.NotCounted, partly...), uncopied
}

// called returns what was called of so many counted functions. names has made the frames of each event's stack.
func called(functions int, events []replay.Event, names *naming.Names, stacks []naming.Stack) []Called {
	all := make([]Called, functions)
	for i, e := range events {
		if int(e.Function) >= functions {
			continue
		}
		c := &all[e.Function]
		c.Calls += e.Calls
		c.Negative += e.Negative
		c.Weight, c.TooLarge = c.Weight+e.Weight, c.TooLarge || e.TooLarge
		if c.Weight > math.MaxInt64 {
			c.Weight, c.TooLarge = math.MaxInt64, true
		}
		if f := names.Frames[stacks[i].Frames[0]]; !slices.Contains(c.Frames, f) {
			c.Frames = append(c.Frames, f)
		}
	}
	return all
}

// calls says which counted calls a profile is of, and in which words.
type calls struct {
	mode, verb string
	units      profile.Units
	of         func(function uint32) bool
	name       func(function uint32) string // what the function is called; nil: as its symbol is
}

// eventCalls are the calls of so many functions that the user has named.
func eventCalls(functions int) calls {
	return calls{
		mode: "ad-hoc", verb: "Occurred",
		units: profile.Units{Unit: "unit", Units: "units", Blocks: "events", Time: "µs", MegaTime: "s", HasByUnits: true},
		of:    func(function uint32) bool { return int(function) < functions },
	}
}

// callProfile returns a profile of counted calls, beside the profile of the same image's heap, and what was called
// of so many functions.
func (b *builder) callProfile(p recorded, of *profile.Profile, c calls, functions int) (*profile.Profile, []Called) {
	r := of.Recording
	made := &profile.Profile{
		Mode: c.mode, Verb: c.verb, Units: c.units,
		Command: of.Command, PID: of.PID, EndTime: of.EndTime,
		Recording: &profile.Recording{
			Program: r.Program, Host: r.Host, Start: r.Start, ExitCode: r.ExitCode, Signal: r.Signal, CPUTime: r.CPUTime,
			Depth: r.Depth, Deepest: r.Deepest, Nodes: r.Nodes, NodeEvents: r.NodeEvents, MaxNodes: r.MaxNodes,
			Counts: profile.Counts{LostEvents: p.Lost(), Unprofiled: r.Counts.Unprofiled, UnplacedModules: r.Counts.UnplacedModules},
		},
	}
	names := naming.New(p.Snapshot, b.naming)
	var events []replay.Event
	for _, e := range p.Events {
		if c.of(e.Function) {
			events = append(events, e)
			made.Points = append(made.Points, profile.Point{TotalBytes: e.Weight, TotalBlocks: e.Calls})
			names.WantEntered(e.Stack)
		}
	}
	stacks := names.Resolve()
	var packed profile.StackArena
	for i, stack := range stacks {
		point, frames := &made.Points[i], stack.Frames
		if c.name != nil {
			frames = names.Renamed(frames, c.name(events[i].Function))
		}
		point.Stack = packed.Add(frames)
		countRoot(&made.Recording.Counts, stack.Root, point.TotalBlocks)
	}
	made.Frames, made.Modules = names.Frames, names.Modules
	called := called(functions, events, names, stacks)
	made.Normalize()
	return made, called
}
