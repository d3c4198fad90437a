package json

import (
	"io"

	"heapprof/internal/profile"
	"heapprof/internal/report/view"
)

// residentDocument is the JSON of what was resident. Its fields are kept as those of document are.
type residentDocument struct {
	Version       int       `json:"version"` // 1
	Kind          string    `json:"kind"`    // "resident"
	Profile       *source   `json:"profile"`
	AnonymousPeak uint64    `json:"anonymous-peak-bytes"`
	FilePeak      uint64    `json:"file-peak-bytes"`
	Readings      []reading `json:"readings"` // in the order of time
}

// reading is what was resident at one moment.
type reading struct {
	Time       uint64           `json:"time"` // in units.time
	Widest     bool             `json:"widest-gap,omitempty"`
	Last       bool             `json:"last,omitempty"`
	LiveBytes  uint64           `json:"live-bytes"`
	LiveBlocks uint64           `json:"live-blocks"`
	Bytes      uint64           `json:"resident-bytes"`
	Parts      []part           `json:"parts"` // they add up to resident-bytes
	Sites      []residentEffect `json:"sites"` // what pins most first
}

// part is a part of what was resident.
type part struct {
	Kind     string `json:"kind"` // as in a profile
	Computed bool   `json:"computed,omitempty"`
	Bytes    uint64 `json:"bytes"`
	Count    uint64 `json:"count,omitempty"`
	Largest  uint64 `json:"largest-bytes,omitempty"`
	Name     string `json:"name,omitempty"`
	Below    *site  `json:"below,omitempty"` // the site of the block above what is free in glibc's main arena
}

// residentEffect is what the live blocks of one site do to what is resident.
type residentEffect struct {
	*site
	Bytes         uint64 `json:"bytes"`
	Blocks        uint64 `json:"blocks"`
	Rounding      uint64 `json:"computed-rounding-bytes"`
	PinningBlocks uint64 `json:"pinning-blocks"`
	PinningBytes  uint64 `json:"pinning-bytes"`
	PinnedPages   uint64 `json:"pinned-pages"`
	PinnedBytes   uint64 `json:"pinned-bytes"`
}

// Resident writes what was resident as one JSON object.
func Resident(w io.Writer, r *view.Resident) error {
	out := residentDocument{Version: 1, Kind: "resident", Profile: newSource(r.Source.Profile), AnonymousPeak: r.AnonymousPeak, FilePeak: r.FilePeak}
	for i := range r.Readings {
		out.Readings = append(out.Readings, newReading(&r.Readings[i]))
	}
	return encode(w, out)
}

func newReading(r *view.ResidentReading) reading {
	out := reading{
		Time: r.Time, Widest: r.Widest, Last: r.Last, LiveBytes: r.LiveBytes, LiveBlocks: r.LiveBlocks, Bytes: r.Total(), Sites: []residentEffect{},
	}
	for _, p := range r.Parts {
		j := part{Kind: string(p.Kind), Computed: p.Kind.IsComputed(), Bytes: p.Bytes, Count: p.Count, Largest: p.Largest, Name: p.Name}
		if p.Kind == profile.FreeHeap && r.Top != nil {
			j.Below = newSite(r.Top)
		}
		out.Parts = append(out.Parts, j)
	}
	for _, s := range r.Sites {
		out.Sites = append(out.Sites, residentEffect{
			site: newSite(s.Site), Bytes: s.Sums.Bytes, Blocks: s.Sums.Blocks, Rounding: s.Sums.Rounding,
			PinningBlocks: s.Sums.PinningBlocks, PinningBytes: s.Sums.PinningBytes, PinnedPages: s.Sums.PinnedPages, PinnedBytes: s.Sums.PinnedBytes,
		})
	}
	return out
}
