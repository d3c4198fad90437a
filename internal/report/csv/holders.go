package csv

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/held"
	"heapprof/internal/report/view"
)

// Holders writes a record for each holder of some blocks, of the owner's kind or of the kinds shared and leaked, with the
// most common way to them, and one of the kind total.
func Holders(w io.Writer, h *held.Holders) error {
	c := csv.NewWriter(w)
	records := [][]string{{"kind", "name", "in", "thread", "bytes", "blocks", "way"}}
	for i := range h.Holders {
		holder, kind, owner := &h.Holders[i], "shared", &profile.Owner{}
		switch {
		case holder.Lost:
			kind = "leaked"
		case holder.Owner != nil:
			kind, owner = string(holder.Owner.Kind), holder.Owner
		}
		way := ""
		if len(holder.Ways) > 0 {
			way = wayText(&holder.Ways[0])
		}
		records = append(records, []string{kind, owner.Name, owner.In, owner.Thread, decimal(holder.Bytes), decimal(holder.Blocks), way})
	}
	return c.WriteAll(append(records, []string{"total", "", "", "", decimal(h.All.Bytes), decimal(h.All.Blocks), ""}))
}

// wayText returns a way with → between its steps.
func wayText(w *held.Way) string {
	var steps []string
	if w.Owner != nil {
		steps = append(steps, w.Owner.Name)
	}
	for _, s := range w.Steps {
		name := s.Type
		if name == "" {
			name = s.Site.Name
		}
		if s.Site.Place != "" {
			name += " (" + s.Site.Place + ")"
		}
		steps = append(steps, name)
	}
	return strings.Join(steps, " → ")
}

// Deep writes a record for each thing whose size with all that it holds is asked for.
func Deep(w io.Writer, d *held.Deep) error {
	c := csv.NewWriter(w)
	records := [][]string{{
		"kind", "name", "in", "type", "function", "file", "line", "number", "shallow-bytes", "retained-bytes", "retained-blocks", "deep-bytes", "deep-blocks",
		"retained-smallest", "retained-median", "retained-largest", "deep-smallest", "deep-median", "deep-largest", "looked",
	}}
	for _, v := range d.Variables {
		records = append(records, []string{
			"variable", v.Name, v.In, v.Type, "", "", "", "1", decimal(v.Size), decimal(v.Retained.Bytes), decimal(v.Retained.Blocks), decimal(v.Reaches.Bytes), decimal(v.Reaches.Blocks),
			"", "", "", "", "", "", "",
		})
	}
	for i := range d.Blocks {
		b := &d.Blocks[i]
		kind, typ, site, line := "type", b.Type, &view.Site{}, ""
		if b.Point >= 0 {
			kind, typ, site = "site", b.Thing.Type, b.Site
			if site.Line != 0 {
				line = strconv.Itoa(site.Line)
			}
		}
		s, r, deep := b.DeepSizes, b.EachRetained, b.EachDeep
		record := []string{kind, "", "", typ, site.Function, site.File, line}
		for _, n := range []uint64{
			s.Live.Blocks, s.Live.Bytes, s.Retained.Bytes, s.Retained.Blocks, s.Deep.Bytes, s.Deep.Blocks,
			r.Smallest, r.Median, r.Largest, deep.Smallest, deep.Median, deep.Largest, s.Looked,
		} {
			record = append(record, decimal(n))
		}
		records = append(records, record)
	}
	return c.WriteAll(records)
}

func decimal(n uint64) string { return strconv.FormatUint(n, 10) }
