//go:build linux && (amd64 || arm64)

package replay

import (
	"maps"
	"slices"

	"heapprof/internal/tracker/heap"
)

// Copies makes copies of processes, so that what their memory held at one moment can be read
// later. It is called by the Reader, between two rounds.
type Copies interface {
	// IsDue reports whether an image's process is to be copied now, as far as its blocks tell. It is
	// asked only with Options.CopyPeaks, as is IsAwaited.
	IsDue(i *Image) bool

	// IsAwaited reports whether an image's process has been asked to copy itself, for a copy that is due, and whether it
	// has done so: then Copy returns that.
	IsAwaited(i *Image) (awaited, made bool)

	// Copy copies an image's process and returns the stamp of the moment that the copy is of, and a function
	// that is called with the blocks that lived then. It returns nil where no copy was made.
	Copy(i *Image, r CopyRequest) (stamp uint64, keep func(live *heap.Live))
}

// CopyRequest is why a process is copied.
type CopyRequest struct {
	Why    CopyReason
	Mark   string // the name of the mark at which it is copied; "": there is none
	Waiter int    // the thread of the process that waits for the copy, by its number there; 0: none does
}

// CopyReason is what a copy is for.
type CopyReason uint8

const (
	CopyDue    CopyReason = iota // IsDue said so
	CopyAtExit                   // the program is about to end, and waits
	CopyAtMark                   // a mark was made
	CopyAsked                    // somebody asked for it from outside, and waits
)

// askedCopy is the copies that a mark asks for.
type askedCopy struct {
	targets []copyTarget
	why     CopyReason
	waiter  int // CopyRequest.Waiter

	done func(made bool) // is called when they have been made, if any could be; nil: nobody waits
}

// copyTarget is an image that is to be copied, and the mark at which it is.
type copyTarget struct {
	image *Image
	mark  string
}

// makeCopies makes the copies that are due, or asked for.
func (r *Reader) makeCopies() {
	if r.options.Copies == nil {
		return
	}
	for len(r.copiesAsked) > 0 { // more may be asked for while one is made
		a := r.copiesAsked[0]
		r.copiesAsked = r.copiesAsked[1:]
		made := false
		for _, t := range a.targets {
			made = r.copyProcess(t.image, CopyRequest{Why: a.why, Mark: t.mark, Waiter: a.waiter}) || made
		}
		if a.done != nil {
			a.done(made)
		}
	}
	if !r.options.CopyPeaks {
		return
	}
	for _, index := range slices.Sorted(maps.Keys(r.running)) {
		if i := r.running[index]; i.State != nil && i.Heap != nil && r.options.Copies.IsDue(i) {
			r.copyProcess(i, CopyRequest{Why: CopyDue})
		}
	}
}

// roundWithCopies is round where copies may be awaited. What has not been made when limit is the time, is of a later
// moment: so no event beyond limit is replayed as long as a copy is awaited.
func (r *Reader) roundWithCopies(limit uint64) (words uint64) {
	awaited := r.takeCopies()
	return r.merge(max(limit, r.replayed), awaited)
}

// takeCopies takes the copies that processes have made of themselves, and reports whether others are awaited.
func (r *Reader) takeCopies() (awaited bool) {
	if !r.options.CopyPeaks {
		return false
	}
	for _, index := range slices.Sorted(maps.Keys(r.running)) {
		i := r.running[index]
		isAwaited, made := r.options.Copies.IsAwaited(i)
		if made {
			r.copyProcess(i, CopyRequest{Why: CopyDue})
		}
		awaited = awaited || isAwaited && !made
	}
	return awaited
}

// copyProcess copies an image's process and reports whether it has.
func (r *Reader) copyProcess(i *Image, q CopyRequest) bool {
	if i.State == nil || i.Heap == nil || i.Proc == 0 {
		return false
	}
	stamp, keep := r.options.Copies.Copy(i, q)
	if keep == nil {
		return false
	}
	// All that was published before the process was stopped is seen below, and what it does after that
	// has later stamps.
	r.merge(stamp, true)
	keep(i.Heap.Live())
	return true
}
