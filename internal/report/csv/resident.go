package csv

import (
	"encoding/csv"
	"io"
	"strconv"

	"heapprof/internal/profile"
	"heapprof/internal/report/view"
)

// Resident writes a record for each part of each reading of what was resident, and for each site
// whose blocks pin pages: its kind is site, and its bytes are what is free in these pages. The column reading is
// widest-gap or last; of a reading that is both it is widest-gap.
func Resident(w io.Writer, r *view.Resident) error {
	c := csv.NewWriter(w)
	if err := c.Write([]string{"reading", "time", "kind", "bytes", "computed", "count", "largest-bytes", "name", "function", "file", "line", "module"}); err != nil {
		return err
	}
	number := func(n uint64) string {
		if n == 0 {
			return ""
		}
		return strconv.FormatUint(n, 10)
	}
	for i := range r.Readings {
		reading := &r.Readings[i]
		why := "last"
		if reading.Widest {
			why = "widest-gap"
		}
		write := func(kind string, p profile.ResidentPart, name string, s *view.Site) error {
			computed := ""
			if p.Kind.IsComputed() {
				computed = "true"
			}
			if s == nil {
				s = &view.Site{}
			}
			return c.Write([]string{
				why, strconv.FormatUint(reading.Time, 10), kind, strconv.FormatUint(p.Bytes, 10), computed, number(p.Count), number(p.Largest), name,
				s.Function, s.File, number(uint64(s.Line)), s.Module,
			})
		}
		for _, p := range reading.Parts {
			var site *view.Site
			if p.Kind == profile.FreeHeap {
				site = reading.Top
			}
			if err := write(string(p.Kind), p, p.Name, site); err != nil {
				return err
			}
		}
		for _, s := range reading.Sites {
			if s.Sums.PinnedBytes == 0 {
				continue
			}
			if err := write("site", profile.ResidentPart{Bytes: s.Sums.PinnedBytes, Count: s.Sums.PinnedPages}, s.Name, s.Site); err != nil {
				return err
			}
		}
	}
	c.Flush()
	return c.Error()
}
