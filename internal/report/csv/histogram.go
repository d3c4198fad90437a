package csv

import (
	"encoding/csv"
	"io"
	"strconv"

	"heapprof/internal/report/view"
)

// Histograms writes one record a class: of the kind "size" with blocks of at most so many bytes that
// the class before has not, of the kind "lifetime" with freed blocks that lived for at most so long.
// The last, of the kind "live", has the blocks that live at the end.
func Histograms(w io.Writer, h *view.Histograms) error {
	c := csv.NewWriter(w)
	number := func(n uint64) string { return strconv.FormatUint(n, 10) }
	records := [][]string{{"kind", "at-most", "blocks", "bytes"}}
	for _, class := range h.Sizes {
		records = append(records, []string{"size", number(class.Max), number(class.Blocks), number(class.Bytes)})
	}
	for _, class := range h.Lifetimes {
		records = append(records, []string{"lifetime", number(class.Max), number(class.Blocks), ""})
	}
	records = append(records, []string{"live", "", number(h.Live), ""})
	return c.WriteAll(records)
}
