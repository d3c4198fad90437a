package view

import "heapprof/internal/profile"

// Increase is by how much what lives grew from one moment until the end.
type Increase struct {
	Bytes int64
	Site  *Site // where it grew most; nil: it grew nowhere
	Most  int64 // by how much there, in bytes
}

// IncreaseSince returns by how much what lives has grown since a moment at which all is known, or the start.
func (s *Source) IncreaseSince(at profile.Instant) (g Increase) {
	sites := make(map[Site]int64)
	for i := range s.Profile.Points {
		pt := &s.Profile.Points[i]
		change := int64(pt.EndBytes)
		if at.Kind == profile.AtMoment {
			change -= int64(pt.StateAt(at.Moment).Bytes)
		}
		if change == 0 {
			continue
		}
		g.Bytes += change
		site := s.Site(pt.Frames)
		sites[*site] += change
	}
	for site, change := range sites {
		if change > g.Most || change == g.Most && g.Site != nil && site.Label < g.Site.Label {
			g.Site, g.Most = &site, change
		}
	}
	return g
}
