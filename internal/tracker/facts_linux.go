//go:build linux && (amd64 || arm64)

package tracker

import (
	"heapprof/internal/profile"
	"heapprof/internal/tracker/heap"
)

// moments returns the moments at which the states of an image's points are known.
func moments(p recorded, t times) (moments []profile.Moment) {
	for _, m := range p.Heap.Moments {
		moments = append(moments, profile.Moment{Time: t.since(m.Stamp), Mark: m.Mark})
	}
	return moments
}

// facts makes the facts of an image's points.
type facts struct {
	heap *heap.Result

	times   times
	longest uint64 // see longestLife

	// Room for all there are: 100,000 points have a million states.
	made      []profile.Facts
	states    []profile.State
	births    []profile.Births
	sizes     []profile.SizeClass
	lifetimes []profile.LifetimeClass
	threads   []profile.ThreadShare
}

func newFacts(p recorded, t times) *facts {
	f := &facts{heap: p.Heap, times: t, longest: longestLife(p, t)}
	states, births, sizes, lifetimes, threads := 0, 0, 0, 0, 0
	for site := range p.Heap.Sites {
		states += len(p.Heap.States[site])
		births += len(p.Heap.Births[site])
	}
	for i := range p.Heap.Facts {
		sizes += len(p.Heap.Facts[i].Sizes)
		lifetimes += len(p.Heap.Facts[i].Lifetimes)
		threads += len(p.Heap.Facts[i].Threads)
	}
	f.made = make([]profile.Facts, 0, len(p.Heap.Sites))
	f.states, f.births = make([]profile.State, 0, states), make([]profile.Births, 0, births)
	f.sizes, f.lifetimes = make([]profile.SizeClass, 0, sizes), make([]profile.LifetimeClass, 0, lifetimes)
	f.threads = make([]profile.ThreadShare, 0, threads)
	return f
}

// of returns the facts of a site's point.
func (f *facts) of(site heap.SiteID) *profile.Facts {
	firstState, firstBirth := len(f.states), len(f.births)
	for _, s := range f.heap.States[site] {
		f.states = append(f.states, profile.State(s))
	}
	for _, b := range f.heap.Births[site] {
		f.births = append(f.births, profile.Births{Moment: b.Moment, Bytes: b.Bytes, Blocks: b.Blocks})
	}
	f.made = append(f.made, profile.Facts{
		History: f.states[firstState:len(f.states):len(f.states)],
		Births:  f.births[firstBirth:len(f.births):len(f.births)],
	})
	made := &f.made[len(f.made)-1]
	if len(f.heap.Facts) > 0 { // they are not known where blocks are sampled
		f.addLives(made, &f.heap.Facts[site])
	}
	return made
}
