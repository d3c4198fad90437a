package view

import (
	"heapprof/internal/profile"
	"heapprof/internal/report/frames"
)

// Source is a profile to be shown, its frames parsed and classified once.
type Source struct {
	Name    string // what errors call it
	Profile *profile.Profile
	Frames  *frames.Table
}

// NewSource classifies the frames of a profile.
func NewSource(p *profile.Profile) *Source {
	return &Source{Name: "the profile", Profile: p, Frames: frames.New(p)}
}
