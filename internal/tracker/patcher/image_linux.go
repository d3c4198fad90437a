//go:build linux && (amd64 || arm64)

package patcher

import (
	"path/filepath"
	"slices"

	"heapprof/internal/tracker/patch/allocator"
	"heapprof/internal/tracker/wire"
)

// Image is what the patcher needs to know of a process image that has ended, to tell what
// was patched in it.
type Image struct {
	Own     *Answers // the answers to the image itself; nil: it never asked
	InForce *Answers // the answers by which its start was patched: its own, or those to the image that it was forked from; nil: not known

	Libraries []Library // all files that were loaded into it
	Missed    uint64    // allocator calls that are known to be missing in its account
}

// Library is a file that was loaded into a process, the program among them.
type Library struct {
	Path     string
	Bypasses bool // whether it allocates past the tracker library
}

// inForce returns the outcomes of an image's own plans, and of those of the image that it
// was forked from.
func (p *Patcher) inForce(i Image) []outcome {
	all := i.Own.settled(p.memory)
	if i.InForce != i.Own {
		all = append(i.InForce.settled(p.memory), all...)
	}
	return all
}

// unreadOf returns the files that could not be read, in an image and in the image that it
// was forked from.
func unreadOf(i Image) []unread {
	all := i.Own.unreadFiles()
	for _, u := range i.InForce.unreadFiles() {
		if !slices.Contains(all, u) {
			all = append(all, u)
		}
	}
	return all
}

// Allocators returns the allocators that were hooked in an image, in no order.
func (p *Patcher) Allocators(i Image) (hooked []Allocator) {
	for _, o := range p.inForce(i) {
		if !o.whyNot().IsZero() || hooksMappings(o.plan) { // those are of the C library, and no allocator
			continue
		}
		for family, n := range o.functions() {
			hooked = append(hooked, Allocator{File: filepath.Base(o.path), Family: family, Functions: n})
		}
	}
	return hooked
}

// Code is where code lies that a process was given for its patches.
type Code struct{ Start, End uint64 }

// CodeIn returns where code lies in an image that it was given.
func (p *Patcher) CodeIn(i Image) (all []Code) {
	for _, o := range p.inForce(i) {
		if o.result == wire.Patched {
			all = append(all, Code{o.codeAt, o.codeAt + o.codeBytes})
		}
	}
	return all
}

// PatchedMappings reports whether all functions of the C library that map or unmap pages
// are patched in an image that has ended.
func (p *Patcher) PatchedMappings(i Image) bool {
	missing := map[wire.Action]bool{wire.ActionMap: true, wire.ActionUnmap: true, wire.ActionRemap: true, wire.ActionBreak: true}
	for _, o := range i.InForce.settled(p.memory) {
		if o.result != wire.Patched {
			continue
		}
		for i := range o.plan.Patches {
			delete(missing, o.plan.Patches[i].Call.Action)
		}
	}
	return len(missing) == 0
}

// functions returns the number of functions in a file's plan by family. It leaves out those
// that are no allocator's, and those that are called through the preloaded library.
func (o *outcome) functions() map[string]int {
	functions := make(map[string]int)
	for _, p := range o.plan.Patches {
		if (allocator.HasBlocks(p.Family) || p.Family == allocator.MappingFamily) && !p.Behind {
			functions[p.Family]++
		}
	}
	return functions
}
