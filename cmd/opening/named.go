package opening

import (
	"os"
	"time"

	"heapprof/cmd/console"
	"heapprof/internal/profile"
	"heapprof/internal/symbolize"
)

// nameNow names the frames of a profile, read from the named input, that have no names in it, if the files are at hand now.
// Nothing is fetched from anywhere.
func nameNow(s *console.Streams, p *profile.Profile, name string) {
	shown := console.NewProgress(s)
	defer shown.Clear()
	result := symbolize.Name(p, symbolize.Options{Recorded: RecordedAt(p, name), Progress: shown.Naming})
	if result.IsEmpty() {
		return
	}
	p.Later = &profile.Later{Named: uint64(result.Named), Lined: uint64(result.Lined), Parted: uint64(result.Parted)}
	for _, m := range result.Modules {
		if !m.IsEmpty() {
			p.Later.Files = append(p.Later.Files, m.Of.Path)
			p.Later.ByPath = p.Later.ByPath || m.ByPath
		}
	}
}

// RecordedAt returns when a profile was recorded, or at least a moment after that; zero where it is not known.
func RecordedAt(p *profile.Profile, name string) time.Time {
	if p.Recording != nil && !p.Recording.Start.IsZero() {
		return p.Recording.Start
	}
	if info, err := os.Stat(name); err == nil && name != console.StdinName && info.Mode().IsRegular() {
		return info.ModTime()
	}
	return time.Time{}
}
