package record

import (
	"fmt"
	"os"

	"heapprof/cmd/console"
	"heapprof/internal/tracker"
	"heapprof/internal/tracker/patch/allocator"
)

// Asked returns how a program is to be recorded, or an error where options are out of range or
// contradict each other.
func (o *RunOptions) Asked() (a tracker.Options, err error) {
	switch {
	case o.depth < 1 || o.depth > tracker.MaxDepth:
		return a, errDepth(o.depth)
	case o.maxNodes < 1 || o.maxNodes > tracker.MaxNodes:
		return a, errMaxNodes(o.maxNodes)
	case o.top < 0:
		return a, console.ErrNegative("top", o.top, "none")
	case o.children && o.alone:
		return a, errChildren
	}
	a = tracker.Options{
		Args:     o.Args,
		Depth:    o.stackDepth(os.Environ()),
		MaxNodes: o.maxNodes,
		Children: o.whose(),
		Mappings: o.mappings,
		Frees:    o.frees,

		NoPatch:       o.noPatch,
		NoPython:      !o.python,
		NoCommandLine: o.noLine,
		Missing:       func(names []string) { o.Streams.Say("%s", missingFunctions(names)) },
	}
	if a.Sample, err = o.sampleEach(); err != nil {
		return a, err
	}
	if a.Frees && a.Sample != 0 {
		return a, errFreesSample
	}
	if a.Functions, err = o.functions(); err != nil {
		return a, err
	}
	if err = o.copies.ask(o.Streams, &a); err != nil {
		return a, err
	}
	if err = o.retained.ask(&a); err != nil {
		return a, err
	}
	if err = o.events.ask(o.Streams, &a); err != nil {
		return a, err
	}
	if err = o.dumps.ask(o, &a); err != nil {
		return a, err
	}
	if err = o.limits.ask(&a); err != nil {
		return a, err
	}
	if err = o.boundary.ask(&a); err != nil {
		return a, err
	}
	err = o.marks.ask(o.Streams, &a)
	return a, err
}

// functions returns the functions that the user named, or an error where they are malformed
// or flags contradict each other.
func (o *RunOptions) functions() ([]allocator.Function, error) {
	if o.noPatch && len(o.allocate)+len(o.free) > 0 {
		return nil, errNoPatchFunctions
	}
	if o.noPatch && o.mappings {
		return nil, errNoPatchMappings
	}
	var functions []allocator.Function
	for _, spec := range o.allocate {
		f, err := allocator.ParseAlloc(spec)
		if err != nil {
			return nil, fmt.Errorf("--alloc-function %w", err)
		}
		functions = append(functions, f)
	}
	for _, spec := range o.free {
		f, err := allocator.ParseFree(spec)
		if err != nil {
			return nil, fmt.Errorf("--free-function %w", err)
		}
		functions = append(functions, f)
	}
	return functions, nil
}

// whose returns which processes are recorded.
func (o *RunOptions) whose() tracker.Children {
	switch {
	case o.children:
		return tracker.AllChildren
	case o.alone:
		return tracker.NoChildren
	}
	return tracker.MainChildren
}
