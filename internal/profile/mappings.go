package profile

// Mappings is what a program mapped into its address space by mmap, mremap and brk. None of
// it is in the heap's totals, though the heap's blocks lie in mappings that an allocator
// made.
//
// A block of a point is a mapping: what one call mapped, until its last byte is unmapped.
// Bytes are whole pages, touched or not; total bytes include what mremap added. The peak is
// that of all mappings together, and the innermost frame of each stack is one of the
// Mapped… markers.
type Mappings struct {
	PeakTime uint64 // in the profile's time unit
	Points   []Point
}

// The markers that the stacks of mappings begin with: what was mapped.
const (
	MappedMemory   = "[anonymous memory]"
	MappedReserve  = "[reserved addresses]" // anonymous, and without access (PROT_NONE) when it was mapped
	MappedFile     = "[mapped file]"
	MappedBreak    = "[program break]" // brk and sbrk
	MappedByMremap = "[mremap]"        // of what was not seen being mapped, or a second mapping of it
)

// ModeMappings is the mode of a profile of mappings. No file has it.
const ModeMappings = "mappings"

// OfMappings returns the mappings of p as a profile of their own, which has the views that
// a heap's profile has; nil if mappings were not recorded. They are exact even where blocks
// were sampled. It shares p's frames.
func (p *Profile) OfMappings() *Profile {
	if p.Recording == nil || p.Recording.Mappings == nil {
		return nil
	}
	m, r := *p, *p.Recording
	m.Mode, m.Verb = ModeMappings, "Mapped"
	m.Columns, m.Sampling = Lives, Sampling{}
	m.Units.Unit, m.Units.Units, m.Units.Blocks, m.Units.HasByUnits = "byte", "bytes", "mappings", true
	m.PeakTime, m.Points = r.Mappings.PeakTime, r.Mappings.Points
	// What refers to the heap's points, or is about its blocks, is not the mappings'.
	m.Timeline, m.Moments, m.Extra = nil, nil, nil
	r.Mappings, r.Frees, r.Sizes, r.Lifetimes, r.ByThread, r.Resident, r.Snapshots = nil, nil, nil, nil, nil, nil, nil
	r.HasFacts = false
	r.Counts, r.Notes, r.MergedPoints = Counts{LostEvents: r.Counts.LostEvents}, nil, 0
	m.Recording = &r
	return &m
}
