package profile

// Columns is the set of a point's columns that a profile has, besides the total bytes
// and blocks, which a profile has unless NoTotals or NoBlocks says otherwise.
type Columns uint16

// The columns, by the fields of Point that they stand for.
const (
	Lifetime  Columns = 1 << iota // TotalLifetime
	Maxima                        // MaxBytes, MaxBlocks
	Peak                          // PeakBytes, PeakBlocks
	End                           // EndBytes, EndBlocks
	Accesses                      // ReadBytes, WrittenBytes
	Temporary                     // TemporaryBlocks
	Reallocs                      // Reallocs
	Chunks                        // Chunks
	Live                          // EndBytes, EndBlocks, as what lived at the end of Profile.Span: see At
	Lost                          // LostBytes, LostBlocks, which FindLost makes of a snapshot

	// What other tools' profiles lack. The zero value has both, as most profiles do.
	NoTotals // TotalBytes and TotalBlocks are not known: the tool looked at what lived only
	NoBlocks // the numbers of blocks of all columns are not known
)

// Sets of columns that come together.
const (
	Lives = Lifetime | Maxima | Peak | End // the columns that need frees to be recorded
	Own   = Temporary | Reallocs | Chunks  // the columns that only heapprof records
)

// Common returns the columns that two profiles with the columns of c and of d both have.
func (c Columns) Common(d Columns) Columns {
	const lacking = NoTotals | NoBlocks
	return (c & d &^ lacking) | (c|d)&lacking
}

// Has reports whether c has all columns that are in all.
func (c Columns) Has(all Columns) bool { return c&all == all }
