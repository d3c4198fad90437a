package types

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"testing"

	"heapprof/internal/format"
	"heapprof/internal/profile"
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
	checked := 0
	for i := range p.Points {
		if c := table.known[table.points[i]]; c != nil {
			if checkSize(t, &p.Points[i], c, table.sizes.of(c.one)) {
				checked++
			}
		}
	}
	t.Logf("typed: %.2f %% of %d bytes; the sizes of %d of %d points are as their types tell", 100*float64(typed)/float64(max(all, 1)), all, checked, len(p.Points))
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
		after := 0
		for _, f := range p.Points[example[k]].Stack.All() {
			d := &p.Frames[f]
			is := ""
			if c := table.known[table.clues[f].is]; c != nil {
				is = c.full
			}
			if is == "" && table.clues[f].role != own && os.Getenv("HEAPPROF_STACKS") != "all" {
				continue
			}
			t.Logf("        %d %.80s | %.90s | %.60s | %s:%d", table.clues[f].role, is, d.Function, d.Instance, d.File[max(len(d.File)-30, 0):], d.Line)
			if table.clues[f].role == own {
				if after++; after == 2 {
					break
				}
			}
		}
	}
}

// checkSize reports whether it could check the sizes of a point's blocks. It complains where the blocks of a point cannot be what they are said to be, as their
// sizes tell.
func checkSize(t *testing.T, p *profile.Point, c *candidate, size uint64) bool {
	if size == 0 || p.TotalBlocks == 0 || c.kind == nil {
		return false
	}
	average, args := float64(p.TotalBytes)/float64(p.TotalBlocks), c.is.Last().Args
	single := len(args) == 1 && !c.unsized() && !c.kind.bytes
	var wrong bool
	switch {
	case c.kind.name == box && single:
		wrong = average != float64(size)
	case (c.kind.name == arc || c.kind.name == rc) && single:
		wrong = average < float64(16+size) || average > float64(16+size+120)
	case c.kind.filled:
		wrong = p.TotalBytes%size != 0
	default:
		return false
	}
	if wrong && p.Rest().Reallocs != 0 {
		return false // it counts what became of its blocks, too: a Vec<T> that is collected into a Vec<U> in place
	}
	if wrong {
		t.Errorf("%s: %d blocks of %.1f bytes, each T %d", c.full, p.TotalBlocks, average, size)
	}
	return !wrong
}

func BenchmarkNew(b *testing.B) {
	name := os.Getenv("HEAPPROF_PROFILE")
	if name == "" {
		b.Skip("HEAPPROF_PROFILE names no profile")
	}
	p, err := format.ReadFile(name)
	if err != nil {
		b.Fatal(err)
	}
	f := frames.New(p)
	for b.Loop() {
		New(p, f)
	}
	b.ReportMetric(float64(len(p.Points)), "points")
	b.ReportMetric(float64(len(p.Frames)), "frames")
}
