package cmd

import (
	stdjson "encoding/json"
	"fmt"
	"regexp"
	"slices"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/page"
	"heapprof/internal/report/reporttest"
)

// reportRow is a row of heapprof report --format json.
type reportRow struct {
	Kind   string
	Name   string
	Type   string
	Line   int
	Values map[string]float64
	Lines  []reportRow
}

// values returns the values of a page's metrics.
func (r *reportRow) values(metrics []page.Metric) (all []float64) {
	for _, m := range metrics {
		name := m.Name
		if name == "lifetime" {
			name = "lifetime-sum"
		}
		v, ok := r.Values[name]
		if !ok {
			v = r.Values["estimated-"+name]
		}
		all = append(all, v)
	}
	return all
}

func TestTheTablesRowsAreThoseOfReport(t *testing.T) {
	modules := modulesDir(t)
	// On a page namesakes are told apart, and beside what has no name stands who called it.
	beside := regexp.MustCompile(` \[.*\]$|(\+0x[0-9a-f]+), .*$`)
	groupings := []string{"site", "type", "module", "crate", "file"}
	profiles := map[string]*profile.Profile{
		"sample": reporttest.Sample(), "typed": reporttest.Typed(), "lines": reporttest.Lines(), "sampled": reporttest.Sampled(), "arenas": reporttest.Arenas(),
		"valgrind": reporttest.Foreign(t, "valgrind-heap.json"),
	}
	for what, p := range profiles {
		p.Points[0].Edit().Reallocs = min(3, p.Points[0].TotalBlocks)
		x := lookedAt(t, nil, p)
		var got [][]struct {
			Name, Type string
			Values     []float64
			Distinct   float64
			Lines      []struct {
				Line   int
				Values []float64
			}
		}
		asked(t, modules, "groups", map[string]any{"page": x, "groupings": groupings}, &got)
		for i, by := range groupings {
			var report struct{ Rows []reportRow }
			if err := stdjson.Unmarshal([]byte(told(t, "report", "--by", by, "--top", "0", "--min", "0", "--format", "json", "a.json")), &report); err != nil {
				t.Fatal(err)
			}
			var rows, want []string
			distinct := 0.0
			for _, g := range got[i] {
				row := fmt.Sprintf("%s, %s: %v", beside.ReplaceAllString(g.Name, "$1"), g.Type, g.Values)
				rows = append(rows, row)
				for _, l := range g.Lines {
					if by != "site" {
						break // of all else what is below a row is its sites
					}
					rows = append(rows, fmt.Sprintf("%s :%d %v", row, l.Line, l.Values))
				}
				distinct += g.Distinct
			}
			for _, r := range report.Rows {
				if by == "type" {
					r.Type = "" // it is the name
				}
				row := fmt.Sprintf("%s, %s: %v", r.Name, r.Type, r.values(x.Metrics))
				want = append(want, row)
				for _, l := range r.Lines {
					want = append(want, fmt.Sprintf("%s :%d %v", row, l.Line, l.values(x.Metrics)))
				}
			}
			slices.Sort(rows)
			slices.Sort(want)
			if !slices.Equal(rows, want) {
				t.Errorf("%s by %s: the page has\n%q\nand the report\n%q", what, by, rows, want)
			}
			if all := distinctBlocks(p); distinct != all {
				t.Errorf("%s by %s: %v blocks that count once, want %v", what, by, distinct, all)
			}
		}
	}
}

// distinctBlocks returns how many blocks a profile has, each counted once however often it was resized.
func distinctBlocks(p *profile.Profile) (n float64) {
	for _, pt := range p.Points {
		n += float64(pt.TotalBlocks - min(pt.Rest().Reallocs, pt.TotalBlocks))
	}
	return n
}
