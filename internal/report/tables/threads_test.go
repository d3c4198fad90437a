package tables

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/testkit"
)

func TestWhatEachThreadHasOfAPointAddsUpToIt(t *testing.T) {
	p := reporttest.Found()
	p.Recording.ByThread = []profile.Thread{{ID: 7, Name: "main", Threads: 1}, {Name: "pool", Threads: 4}}
	pt := &p.Points[0]
	facts := *pt.Rest().Facts
	facts.Threads = []profile.ThreadShare{{Thread: 0, TotalBytes: 3, TotalBlocks: 1}, {Thread: 1, TotalBytes: pt.TotalBytes - 5, TotalBlocks: 1, EndBytes: pt.EndBytes}}
	pt.Edit().Facts = &facts
	_, tables := of(t, p, Options{})
	at := slices.IndexFunc(tables, func(t Table) bool { return t.Name == "point_threads" })
	if at < 0 {
		t.Fatal("there is no such table")
	}
	var got []string
	for row := range tables[at].Rows {
		if row[0].Integer == 0 {
			got = append(got, fmt.Sprint(row[1].Kind, row[1].Integer, row[2].Integer, row[3].Text, row[4].Integer, row[8].Integer))
		}
	}
	total, end := int64(pt.TotalBytes), int64(pt.EndBytes)
	want := []string{fmt.Sprint(Nothing, 0, 0, "", 2, 0), fmt.Sprint(Integer, 0, 7, "main", 3, 0), fmt.Sprint(Integer, 1, 0, "pool", total-5, end)}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	page, err := os.ReadFile(filepath.Join(testkit.Root(t), "docs", "FORMATS.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append([]string{"point_threads"}, tables[at].Columns...) {
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("docs/FORMATS.md does not explain %s", name)
		}
	}
}
