package profile

import "fmt"

// UnlikeError is the error for a profile that cannot be merged with the one before it.
type UnlikeError struct {
	Why          Unlike
	First, Other *Profile
}

func (e *UnlikeError) Error() string {
	return fmt.Sprintf("the profiles of %q and %q cannot be merged: %s", e.First.Command, e.Other.Command, e.Why)
}

// Unlike is why two profiles cannot be merged.
type Unlike string

// In what profiles differ.
const (
	UnlikeMakers    Unlike = "different makers"     // Profile.Maker: tools count differently
	UnlikeModes     Unlike = "different modes"      // Profile.Mode
	UnlikeUnits     Unlike = "different units"      // Profile.Units
	UnlikeSamplings Unlike = "different samplings"  // Sampling.MeanBytes
	UnlikeSums      Unlike = "sums beyond 64 bits"  // of both together
	UnlikeSpans     Unlike = "a part of a run only" // one has a Span
)

// unlike returns why q cannot be merged with p; "" if it can.
func unlike(p, q *Profile) Unlike {
	switch {
	case p.Maker != q.Maker:
		return UnlikeMakers
	case p.Mode != q.Mode:
		return UnlikeModes
	case p.Units != q.Units:
		return UnlikeUnits
	case p.Sampling.MeanBytes != q.Sampling.MeanBytes:
		return UnlikeSamplings
	case p.Span != nil || q.Span != nil:
		return UnlikeSpans
	}
	return ""
}
