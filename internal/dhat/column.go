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
	colTotalSamples
	colPeakSamples
	colEndSamples
	numColumns

	noColumn   column = -1
	allColumns        = 1<<numColumns - 1
)

// columnKeys are the names of the columns in the file.
var columnKeys = [numColumns]string{
	"tb", "tbk", "tl", "mb", "mbk", "gb", "gbk", "eb", "ebk", "rb", "wb", "fs", "htbk", "hrbk", "hcs",
	"hts", "hgs", "hes",
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
	case "hts":
		return colTotalSamples
	case "hgs":
		return colPeakSamples
	case "hes":
		return colEndSamples
	}
	return noColumn
}

// isList reports whether the column's value in the file is a list, not a number.
func (c column) isList() bool { return c == colFrames || c >= colChunks }

// samples returns the field of s that a column of samples has.
func (c column) samples(s *profile.Samples) *profile.Sampled {
	switch c {
	case colTotalSamples:
		return &s.Total
	case colPeakSamples:
		return &s.Peak
	case colEndSamples:
		return &s.End
	}
	panic("dhat: a column without samples")
}

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

// own returns which of the columns that only heapprof records c is; 0 for any other.
func (c column) own() profile.Columns {
	switch c {
	case colTemporary:
		return profile.Temporary
	case colReallocs:
		return profile.Reallocs
	case colChunks:
		return profile.Chunks
	}
	return 0
}

// unmeasured returns the keys of the columns that only heapprof records and that are not in
// set.
func unmeasured(set profile.Columns) (keys []string) {
	for c := range numColumns {
		if !set.Has(c.own()) {
			keys = append(keys, columnKeys[c])
		}
	}
	return keys
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
