package dhat

import "heapprof/internal/profile"

// column is one key of a point in the file.
type column int

// The columns, in valgrind's order and then heapprof's own.
const (
	colTotalBytes column = iota
	colTotalBlocks
	colLifetime
	colMaxBytes
	colMaxBlocks
	colPeakBytes
	colPeakBlocks
	colEndBytes
	colEndBlocks
	colReadBytes
	colWrittenBytes
	colFrames
	colTemporary
	colReallocs
	colChunks
	numColumns

	noColumn   column = -1
	allColumns        = 1<<numColumns - 1
)

// columnKeys are the names of the columns in the file.
var columnKeys = [numColumns]string{
	"tb", "tbk", "tl", "mb", "mbk", "gb", "gbk", "eb", "ebk", "rb", "wb", "fs", "htbk", "hrbk", "hcs",
}

// columnOf returns the column whose name in the file is key, or noColumn.
func columnOf(key []byte) column {
	switch string(key) {
	case "tb":
		return colTotalBytes
	case "tbk":
		return colTotalBlocks
	case "tl":
		return colLifetime
	case "mb":
		return colMaxBytes
	case "mbk":
		return colMaxBlocks
	case "gb":
		return colPeakBytes
	case "gbk":
		return colPeakBlocks
	case "eb":
		return colEndBytes
	case "ebk":
		return colEndBlocks
	case "rb":
		return colReadBytes
	case "wb":
		return colWrittenBytes
	case "fs":
		return colFrames
	case "htbk":
		return colTemporary
	case "hrbk":
		return colReallocs
	case "hcs":
		return colChunks
	}
	return noColumn
}

// isList reports whether the column's value in the file is a list, not a number.
func (c column) isList() bool { return c == colFrames || c == colChunks }

// field returns the field of p that has the number of the column. It panics for a column
// that is a list.
func (c column) field(p *profile.Point) *uint64 {
	switch c {
	case colTotalBytes:
		return &p.TotalBytes
	case colTotalBlocks:
		return &p.TotalBlocks
	case colLifetime:
		return &p.TotalLifetime
	case colMaxBytes:
		return &p.MaxBytes
	case colMaxBlocks:
		return &p.MaxBlocks
	case colPeakBytes:
		return &p.PeakBytes
	case colPeakBlocks:
		return &p.PeakBlocks
	case colEndBytes:
		return &p.EndBytes
	case colEndBlocks:
		return &p.EndBlocks
	case colReadBytes:
		return &p.ReadBytes
	case colWrittenBytes:
		return &p.WrittenBytes
	case colTemporary:
		return &p.TemporaryBlocks
	case colReallocs:
		return &p.Reallocs
	}
	panic("dhat: a column without a number")
}

// isIn reports whether a file has the column if its profile has the columns of set.
func (c column) isIn(set profile.Columns) bool {
	switch {
	case colLifetime <= c && c <= colEndBlocks:
		return set.Has(profile.Lives)
	case c == colReadBytes, c == colWrittenBytes:
		return set.Has(profile.Accesses)
	}
	return true
}
