package profile

// Kept returns how many points and frames a merger has.
func (m *Merger) Kept() int { return len(m.p.Points) + len(m.p.Frames) }
