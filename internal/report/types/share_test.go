package types

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"testing"

	"heapprof/internal/format"
	"heapprof/internal/report/frames"
)

// TestSharesOfAProfile prints, for the profile that HEAPPROF_PROFILE names, the share of the
// peak's bytes that have a type, the types with the most, and the stacks of what has none.
func TestSharesOfAProfile(t *testing.T) {
	name := os.Getenv("HEAPPROF_PROFILE")
	if name == "" {
		t.Skip("HEAPPROF_PROFILE names no profile")
	}
	p, err := format.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	table := New(p, frames.New(p))
	var all, typed uint64
	rows := map[string]uint64{}
	example := map[string]int{}
	most := map[string]uint64{}
	for i := range p.Points {
		bytes := p.Points[i].PeakBytes
		is := table.Of(i)
		all += bytes
		if is.Name != "" {
			typed += bytes
		}
		key := fmt.Sprintf("%-50s %6d  %s", is.Name, is.Element, is.Full)
		rows[key] += bytes
		if bytes >= most[key] {
			most[key], example[key] = bytes, i
		}
	}
	t.Logf("typed: %.2f %% of %d bytes", 100*float64(typed)/float64(max(all, 1)), all)
	keys := make([]string, 0, len(rows))
	for k := range rows {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(cmp.Compare(rows[b], rows[a]), cmp.Compare(a, b)) })
	for _, k := range keys[:min(len(keys), 40)] {
		t.Logf("%10d %5.1f %% %s", rows[k], 100*float64(rows[k])/float64(max(all, 1)), k)
		if os.Getenv("HEAPPROF_STACKS") == "" {
			continue
		}
		for _, f := range p.Points[example[k]].Frames[:min(len(p.Points[example[k]].Frames), 25)] {
			d := &p.Frames[f]
			is := ""
			if c := table.known[table.clues[f].is]; c != nil {
				is = c.full + " of " + c.content
			}
			t.Logf("        %d %.60s %.90s | %.120s | %s:%d", table.clues[f].role, is, d.Function, d.Instance, d.File[max(len(d.File)-40, 0):], d.Line)
		}
	}
}
