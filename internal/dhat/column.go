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
	colExtra
	numColumns

	noColumn   column = -1
	allColumns        = 1<<numColumns - 1
)

// columnKeys are the names of the columns in the file.
var columnKeys = [numColumns]string{
	"tb", "tbk", "tl", "mb", "mbk", "gb", "gbk", "eb", "ebk", "rb", "wb", "fs", "htbk", "hrbk", "hcs",
	"hts", "hgs", "hes", "hxs",
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
	case "hxs":
		return colExtra
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

// field returns the field of p or its rest r that has the number of the column. It panics for a column
// that is a list.
func (c column) field(p *profile.Point, r *profile.Rest) *uint64 {
	switch c {
	case colTotalBytes:
		return &p.TotalBytes
	case colTotalBlocks:
		return &p.TotalBlocks
	case colLifetime:
		return &r.TotalLifetime
	case colMaxBytes:
		return &r.MaxBytes
	case colMaxBlocks:
		return &r.MaxBlocks
	case colPeakBytes:
		return &p.PeakBytes
	case colPeakBlocks:
		return &p.PeakBlocks
	case colEndBytes:
		return &p.EndBytes
	case colEndBlocks:
		return &p.EndBlocks
	case colReadBytes:
		return &r.ReadBytes
	case colWrittenBytes:
		return &r.WrittenBytes
	case colTemporary:
		return &r.TemporaryBlocks
	case colReallocs:
		return &r.Reallocs
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

// unmeasured returns the keys whose numbers mean nothing in a profile with the columns of set: of those that every
// point has, and of those that only heapprof records.
func unmeasured(set profile.Columns) (keys []string) {
	for c := range numColumns {
		if !set.Has(c.own()) || set&c.lackedBy() != 0 {
			keys = append(keys, columnKeys[c])
		}
	}
	return keys
}

// lackedBy returns the bits of profile.Columns by any of which a profile lacks the column's numbers.
func (c column) lackedBy() profile.Columns {
	switch c {
	case colTotalBytes:
		return profile.NoTotals
	case colTotalBlocks:
		return profile.NoTotals | profile.NoBlocks
	case colMaxBlocks, colPeakBlocks, colEndBlocks:
		return profile.NoBlocks
	}
	return 0
}

// measured returns the keys of the columns of profile.Lives that are in set, where these are some of them and
// not all, as bklt tells.
func measured(set profile.Columns) (keys []string) {
	if set.Has(profile.Lives) {
		return nil
	}
	for c := colLifetime; c <= colEndBlocks; c++ {
		if c.isIn(set) {
			keys = append(keys, columnKeys[c])
		}
	}
	return keys
}

// setMeasured sets in p's columns what the lists of measured and unmeasured keys of a file tell.
func setMeasured(p *profile.Profile, measured, unmeasured []string) {
	p.Columns |= profile.Own
	for _, key := range measured {
		if c := columnOf([]byte(key)); c != noColumn {
			p.Columns |= c.life()
		}
	}
	for _, key := range unmeasured {
		c := columnOf([]byte(key))
		if c == noColumn {
			continue
		}
		p.Columns &^= c.own()
		switch c {
		case colTotalBytes:
			p.Columns |= profile.NoTotals
		case colPeakBlocks: // which nothing but NoBlocks takes away
			p.Columns |= profile.NoBlocks
		}
	}
}

// life returns which of the columns of profile.Lives c is of; 0 for any other.
func (c column) life() profile.Columns {
	switch c {
	case colLifetime:
		return profile.Lifetime
	case colMaxBytes, colMaxBlocks:
		return profile.Maxima
	case colPeakBytes, colPeakBlocks:
		return profile.Peak
	case colEndBytes, colEndBlocks:
		return profile.End
	}
	return 0
}

// isIn reports whether a file has the column if its profile has the columns of set.
func (c column) isIn(set profile.Columns) bool {
	if c == colReadBytes || c == colWrittenBytes {
		return set.Has(profile.Accesses)
	}
	return set.Has(c.life())
}
