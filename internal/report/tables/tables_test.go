package tables

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
	"heapprof/internal/testkit"
)

// of returns the tables of a profile by name, with their rows.
func of(t *testing.T, p *profile.Profile, o Options) (map[string][]map[string]Value, []Table) {
	t.Helper()
	all, err := Of(view.NewSource(p), o)
	if err != nil {
		t.Fatal(err)
	}
	read := map[string][]map[string]Value{}
	for _, table := range all {
		read[table.Name] = nil
		for row := range table.Rows {
			if len(row) != len(table.Columns) {
				t.Fatalf("a row of %s has %d values for %d columns", table.Name, len(row), len(table.Columns))
			}
			named := map[string]Value{}
			for i, v := range row {
				named[table.Columns[i]] = v
			}
			read[table.Name] = append(read[table.Name], named)
		}
	}
	return read, all
}

func sum(rows []map[string]Value, column string) (n uint64) {
	for _, r := range rows {
		n += uint64(r[column].Integer)
	}
	return n
}

func TestPointsAddUpToTheProfile(t *testing.T) {
	for name, p := range map[string]*profile.Profile{"sample": reporttest.Sample(), "over time": reporttest.Found(), "held": reporttest.Held(), "sampled": reporttest.Sampled()} {
		t.Run(name, func(t *testing.T) {
			read, _ := of(t, p, Options{})
			sums, err := view.Total(p)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range columns() {
				if c.metric != view.MaxBytes && c.metric != view.MaxBlocks && c.metric.Has(p) && sum(read["points"], c.name) != sums.Get(c.metric) {
					t.Errorf("%s: %d, want %d", c.name, sum(read["points"], c.name), sums.Get(c.metric))
				}
			}
			frames := 0
			for i := range p.Points {
				frames += p.Points[i].Stack.Len()
			}
			if len(read["points"]) != len(p.Points) || len(read["stacks"]) != frames || len(read["frames"]) != len(p.Frames) {
				t.Errorf("%d points, %d rows of stacks, %d frames", len(read["points"]), len(read["stacks"]), len(read["frames"]))
			}
		})
	}
}

func TestWhatWasNotMeasuredHasNoValue(t *testing.T) {
	p := reporttest.Sample()
	p.Columns = profile.Peak
	read, _ := of(t, p, Options{})
	for column, want := range map[string]Kind{
		"total_bytes": Integer, "peak_bytes": Integer, "end_bytes": Nothing, "end_blocks": Nothing, "max_bytes": Nothing, "lifetime_sum": Nothing, "temporary_blocks": Nothing, "reallocs": Nothing, "read_bytes": Nothing,
		"total_samples": Nothing,
	} {
		if got := read["points"][0][column].Kind; got != want {
			t.Errorf("%s is of the kind %d, want %d", column, got, want)
		}
	}
	p.Columns |= profile.NoTotals
	read, _ = of(t, p, Options{})
	if got := read["points"][0]["total_bytes"].Kind; got != Nothing {
		t.Errorf("total_bytes is of the kind %d", got)
	}
}

func TestAPointNamesItsSiteAndItsType(t *testing.T) {
	p := reporttest.Typed()
	read, _ := of(t, p, Options{Lists: true})
	found := false
	for _, pt := range read["points"] {
		site := read["frames"][pt["site"].Integer]
		found = found || site["name"].Text == "app::parse" && site["own"].Integer == 1 && pt["type"].Text == "Vec<Event>"
	}
	if !found || read["stacks"] != nil {
		t.Errorf("%v", read["points"])
	}
}

func TestStatesAreThoseOfThePoints(t *testing.T) {
	p := reporttest.Found()
	read, _ := of(t, p, Options{})
	var last map[string]Value
	for _, s := range read["states"] {
		if s["point"].Integer == 0 {
			last = s
		}
	}
	if last["moment"].Integer != reporttest.Windows-1 || uint64(last["live_bytes"].Integer) != p.Points[0].EndBytes || len(read["moments"]) != reporttest.Windows {
		t.Errorf("%v, and %d moments", last, len(read["moments"]))
	}
}

func TestGroupsAddUpToTheirSnapshot(t *testing.T) {
	p := reporttest.Held()
	read, _ := of(t, p, Options{})
	if len(read["snapshots"]) == 0 || len(read["owners"]) == 0 {
		t.Fatalf("%d snapshots, %d owners", len(read["snapshots"]), len(read["owners"]))
	}
	for i, s := range read["snapshots"] {
		var groups []map[string]Value
		for _, g := range read["groups"] {
			if g["snapshot"].Integer == int64(i) {
				groups = append(groups, g)
			}
		}
		if got := sum(groups, "live_bytes"); got != uint64(s["live_bytes"].Integer) {
			t.Errorf("snapshot %d: %d bytes in groups, and %d lived", i, got, s["live_bytes"].Integer)
		}
	}
}

func TestSumsBeyondATableAreRefused(t *testing.T) {
	p := &profile.Profile{Mode: "heap", Frames: []profile.Frame{profile.Root}, Points: []profile.Point{{TotalBytes: 1 << 63, TotalBlocks: 1}}}
	if _, err := Of(view.NewSource(p), Options{}); err == nil || !strings.Contains(err.Error(), "total-bytes are 9223372036854775808") {
		t.Errorf("got %v", err)
	}
}

// TestEveryColumnIsExplained holds docs/FORMATS.md to the tables.
func TestEveryColumnIsExplained(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(testkit.Root(t), "docs", "FORMATS.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(page), "\n## Tables for queries\n")
	text, _, _ = strings.Cut(text, "\n## ")
	var all []Table
	for _, p := range []*profile.Profile{reporttest.Held(), reporttest.Found()} {
		p.Timeline = []profile.Reading{{Time: 1, Bytes: 1}}
		p.Modules = []*profile.Module{{Path: "/bin/app"}}
		p.Extra = []profile.Extra{{Name: "resident_space", Unit: "bytes"}}
		p.Recording.ByThread = []profile.Thread{{ID: 1}}
		_, tables := of(t, p, Options{Lists: true})
		all = append(all, tables...)
		_, tables = of(t, p, Options{})
		all = append(all, tables...)
	}
	for _, table := range all {
		for _, name := range append([]string{table.Name}, table.Columns...) {
			if !strings.Contains(text, "`"+name+"`") {
				t.Errorf("docs/FORMATS.md does not explain `%s` of the table %s", name, table.Name)
			}
		}
	}
}
