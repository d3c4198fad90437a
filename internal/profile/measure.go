package profile

// Measure is what a profile counts, whatever tool made it.
type Measure uint8

// What profiles count. Of all but the heap and the mappings only totals are known: nothing of
// it lives, is freed or leaks.
const (
	OtherMeasure  Measure = iota // by a mode that is not known
	HeapBlocks                   // blocks of the heap
	MappedPages                  // what was mapped: see Mappings
	CopiedBytes                  // copies, by memcpy and its kin
	CountedEvents                // events with a weight, such as calls of a function
)

// Measure returns what p counts: dhat-rs has names of its own for valgrind's modes.
func (p *Profile) Measure() Measure {
	switch p.Mode {
	case "heap", "rust-heap":
		return HeapBlocks
	case ModeMappings:
		return MappedPages
	case ModeCopy:
		return CopiedBytes
	case ModeAdHoc, "rust-ad-hoc":
		return CountedEvents
	}
	return OtherMeasure
}

// Modes of profiles that count something else than a heap.
const (
	ModeCopy  = "copy"
	ModeAdHoc = "ad-hoc"
)

// IsOfCalls reports whether what is counted are calls that make no blocks: copies or events.
func (m Measure) IsOfCalls() bool { return m == CopiedBytes || m == CountedEvents }
