package tracker

import (
	"slices"
	"time"

	"heapprof/internal/profile"
)

// Dumps is when profiles are written while programs go on. The images of which they are, are those that matter at that
// moment, as with MainChildren at the end.
type Dumps struct {
	// At are amounts of memory: a profile is written when one is reached, and again each time that there is twice as
	// much as the last time.
	At []Threshold

	Every time.Duration // a profile is written each time that so much has passed since the start; 0: none is

	// Flush is how often what there is so far is written, to be replaced by what is written later; 0: it is not. It is written
	// more seldom where that would take more than a fourth of the time.
	Flush time.Duration

	// Write writes a profile and returns the path of its file; "" where it could not. It is called by one goroutine at a
	// time, and not while Options.Finished is. Nil: no profile can be written, also if somebody asks for one from
	// outside.
	Write func(Dump) (file string)
}

// hasParts reports whether a part of a limit is meant anywhere.
func (d *Dumps) hasParts() bool {
	return slices.ContainsFunc(d.At, func(t Threshold) bool { return t.Part > 0 })
}

// Threshold is an amount of memory: a part of what limits the program's, or bytes.
type Threshold struct {
	Part  float64 // of the limit that is the nearest, above 0; 0: Bytes is meant
	Bytes uint64  // of blocks that live in one process
}

// Dump is the profile of an image that runs on.
type Dump struct {
	Image
	Why  profile.DumpReason
	Main bool // whether it is of the image whose profile would be the Result's if all ended now
}
