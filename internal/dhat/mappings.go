package dhat

import "fmt"

// Mappings is what a program mapped into its address space by mmap, mremap and brk.
// None of it is in the heap's totals; where an allocator made the calls, the heap's
// blocks lie in it.
//
// A block of a point is a mapping: what one call mapped, until its last byte is
// unmapped. Bytes are whole pages, touched or not; total bytes include what mremap
// added. The peak is that of all that was mapped, and the innermost frame of each
// stack is one of the Mapped… constants.
type Mappings struct {
	PeakTime uint64 // in the profile's time unit
	Points   []Point
}

// What a mapping is, as a frame of its stack.
const (
	MappedMemory   = "[anonymous memory]"
	MappedReserve  = "[reserved addresses]" // anonymous, and without access (PROT_NONE) when it was mapped
	MappedFile     = "[mapped file]"
	MappedBreak    = "[program break]" // brk and sbrk
	MappedByMremap = "[mremap]"        // of what was not seen being mapped, or a second mapping of it
)

// ModeMappings is the mode of a profile of mappings. No file has it.
const ModeMappings = "mappings"

// OfMappings returns the mappings as a profile of their own, to be looked at like one
// of the heap; nil where none were recorded. It shares p's frames.
func (p *Profile) OfMappings() *Profile {
	if p.Extra == nil || p.Extra.Mappings == nil {
		return nil
	}
	m, x := *p, *p.Extra
	m.Mode, m.Verb = ModeMappings, "Mapped"
	m.HasLifetimes, m.HasAccesses = true, false
	m.Units.Unit, m.Units.Units, m.Units.Blocks, m.Units.HasByUnits = "byte", "bytes", "mappings", true
	m.PeakTime, m.Points = x.Mappings.PeakTime, x.Mappings.Points
	x.Mappings, x.Timeline, x.Sizes = nil, nil, nil
	x.Counts, x.Unseen, x.MergedPoints = Counts{LostEvents: x.Counts.LostEvents}, nil, 0
	m.Extra = &x
	return &m
}

// mappingJSON is a point of Mappings, by the keys of a program point.
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

func (j *mappingJSON) point() Point {
	return Point{
		TotalBytes: j.TotalBytes, TotalBlocks: j.TotalBlocks, TotalLifetime: j.TotalLifetime,
		MaxBytes: j.MaxBytes, MaxBlocks: j.MaxBlocks,
		PeakBytes: j.PeakBytes, PeakBlocks: j.PeakBlocks,
		EndBytes: j.EndBytes, EndBlocks: j.EndBlocks,
		Frames: j.Frames,
	}
}

func newMappingJSON(p *Point) mappingJSON {
	j := mappingJSON{
		TotalBytes: p.TotalBytes, TotalBlocks: p.TotalBlocks, TotalLifetime: p.TotalLifetime,
		MaxBytes: p.MaxBytes, MaxBlocks: p.MaxBlocks,
		PeakBytes: p.PeakBytes, PeakBlocks: p.PeakBlocks,
		EndBytes: p.EndBytes, EndBlocks: p.EndBlocks,
		Frames: p.Frames,
	}
	if j.Frames == nil {
		j.Frames = []uint32{} // not null
	}
	return j
}

// checkMappings says whether they may be used like a profile's points.
func (p *Profile) checkMappings() error {
	m := p.OfMappings()
	if m == nil {
		return nil
	}
	for i := range m.Points {
		for _, f := range m.Points[i].Frames {
			if int(f) >= len(p.Frames) {
				return fmt.Errorf("mapping %d refers to frame %d, and the frame table ends before %d", i, f, len(p.Frames))
			}
		}
	}
	if column := m.overflow(); column != "" {
		return fmt.Errorf("the mappings' %q add up to more than 2^64-1", column)
	}
	return nil
}
