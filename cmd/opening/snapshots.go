package opening

import "heapprof/internal/profile"

// Snapshots returns those of a profile.
func Snapshots(p *profile.Profile) []profile.Snapshot {
	if p.Recording == nil {
		return nil
	}
	return p.Recording.Snapshots
}
