package profile

// Columns is the set of a point's columns that a profile has, besides the total bytes
// and blocks, which every profile has.
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
)

// Sets of columns that come together.
const (
	Lives = Lifetime | Maxima | Peak | End // of who sees blocks being freed
	Own   = Temporary | Reallocs | Chunks  // of heapprof's recorder
)

// Has reports whether the set has all columns of the other.
func (c Columns) Has(all Columns) bool { return c&all == all }
