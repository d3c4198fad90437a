package view

import (
	"time"

	"heapprof/internal/profile"
)

// Increase is by how much what lives grew from one moment until the end.
type Increase struct {
	From  profile.Instant // AtMoment, or AtStart
	Bytes int64
	Site  *Site    // where it grew most; nil: it grew nowhere
	Most  int64    // by how much there, in bytes
	Stack []uint32 // of that site, the one where it grew most
}

// lately is the time before the end of which Lately tells.
const lately = 10 * time.Second

// Lately returns by how much what lives has grown since the last moment that was ten seconds before the end or more, of those
// at which all is known, or since the start. The profile's times must be in microseconds.
func (s *Source) Lately() Increase {
	from := profile.Instant{Kind: profile.AtStart}
	for _, at := range s.Profile.Instants() {
		if at.Kind == profile.AtMoment && at.Time+uint64(lately.Microseconds()) <= s.Profile.EndTime {
			from = at
		}
	}
	return s.increaseSince(from)
}

// increaseSince returns by how much what lives has grown since a moment.
func (s *Source) increaseSince(at profile.Instant) Increase {
	type grown struct {
		bytes, most int64 // of all stacks, and of the one that grew most
		stack       []uint32
	}
	g, sites := Increase{From: at}, make(map[Site]grown)
	for i := range s.Profile.Points {
		pt := &s.Profile.Points[i]
		change := int64(pt.EndBytes)
		if at.Kind == profile.AtMoment {
			change -= int64(pt.StateAt(at.Moment).Bytes)
		}
		if change == 0 {
			continue
		}
		site := s.Site(pt.Stack.Frames())
		of := sites[*site]
		if of.bytes += change; change > of.most {
			of.most, of.stack = change, pt.Stack.Frames()
		}
		sites[*site] = of
		g.Bytes += change
	}
	for site, of := range sites {
		if of.bytes > g.Most || of.bytes == g.Most && g.Site != nil && site.Label < g.Site.Label {
			g.Site, g.Most, g.Stack = &site, of.bytes, of.stack
		}
	}
	return g
}
