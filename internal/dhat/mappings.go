package dhat

import (
	"fmt"

	"heapprof/internal/profile"
)

// mappingJSON is a point of profile.Mappings in a file, by the keys that a point of the
// heap has.
type mappingJSON struct {
	TotalBytes    uint64   `json:"tb"`
	TotalBlocks   uint64   `json:"tbk"`
	TotalLifetime uint64   `json:"tl"`
	MaxBytes      uint64   `json:"mb"`
	MaxBlocks     uint64   `json:"mbk"`
	PeakBytes     uint64   `json:"gb"`
	PeakBlocks    uint64   `json:"gbk"`
	EndBytes      uint64   `json:"eb"`
	EndBlocks     uint64   `json:"ebk"`
	Frames        []uint32 `json:"fs"`
}

// point returns the point that j stands for.
func (j *mappingJSON) point() profile.Point {
	return profile.Point{
		TotalBytes:  j.TotalBytes,
		TotalBlocks: j.TotalBlocks,
		PeakBytes:   j.PeakBytes,
		PeakBlocks:  j.PeakBlocks,
		EndBytes:    j.EndBytes,
		EndBlocks:   j.EndBlocks,
		Stack:       profile.StackOf(j.Frames...),
	}.With(profile.Rest{
		TotalLifetime: j.TotalLifetime,
		MaxBytes:      j.MaxBytes,
		MaxBlocks:     j.MaxBlocks,
	})
}

// newMappingJSON returns the point as it stands in a file.
func newMappingJSON(p *profile.Point) mappingJSON {
	j := mappingJSON{
		TotalBytes: p.TotalBytes, TotalBlocks: p.TotalBlocks, TotalLifetime: p.Rest().TotalLifetime,
		MaxBytes: p.Rest().MaxBytes, MaxBlocks: p.Rest().MaxBlocks,
		PeakBytes: p.PeakBytes, PeakBlocks: p.PeakBlocks,
		EndBytes: p.EndBytes, EndBlocks: p.EndBlocks,
		Frames: p.Stack.Frames(),
	}
	if j.Frames == nil {
		j.Frames = []uint32{} // written as [], not as null
	}
	return j
}

// checkMappings returns the error for mappings that refer to frames which do not exist, or
// whose columns add up to more than 64 bits; nil if there are no mappings.
func checkMappings(p *profile.Profile) error {
	m := p.OfMappings()
	if m == nil {
		return nil
	}
	for i := range m.Points {
		for _, f := range m.Points[i].Stack.All() {
			if int(f) >= len(p.Frames) {
				return fmt.Errorf("mapping %d refers to frame %d, and the frame table ends before %d", i, f, len(p.Frames))
			}
		}
	}
	if column := overflow(m.Points); column != "" {
		return fmt.Errorf("the mappings' %q add up to more than 2^64-1", column)
	}
	return nil
}
