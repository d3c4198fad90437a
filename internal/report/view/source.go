package view

import (
	"heapprof/internal/profile"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/types"
)

// Source is a profile to be shown, its frames parsed and classified once.
type Source struct {
	Name    string // what errors call it
	Profile *profile.Profile
	Frames  *frames.Table
	Types   *types.Table
}

// NewSource classifies the frames of a profile.
func NewSource(p *profile.Profile) *Source { return NewSourceByRules(p, frames.Rules{}) }

// NewSourceByRules classifies the frames of a profile as a user wants it.
func NewSourceByRules(p *profile.Profile, rules frames.Rules) *Source {
	table := frames.NewByRules(p, rules)
	return &Source{Name: "the profile", Profile: p, Frames: table, Types: types.New(p, table)}
}
