package cmd

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"heapprof/internal/format"
	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
	"heapprof/internal/wholefile"
)

func TestLinesOfSitesLookAsTheGoldenFiles(t *testing.T) {
	texts := map[string]string{
		"load.c:10": "return make_a_table(of_many_rows, each_of_which_has, several_columns, and_more);",
		"load.c:11": "row = strdup(text);", "parse.c:20": "node = malloc(sizeof *node);", "main.c:5": "x = calloc(1, 100);",
	}
	source := func(file string, line int) string { return texts[fmt.Sprintf("%s:%d", filepath.Base(file), line)] }
	for _, c := range []struct {
		name    string
		options view.Options
		format  string
		layout  layout
	}{
		{"lines.width80.txt", view.Options{}, "table", layout{width: 80}},
		{"lines.width80.color.txt", view.Options{}, "table", layout{width: 80, color: true}},
		{"lines.txt", view.Options{}, "table", layout{}},
		{"lines.leaks.width80.txt", view.Options{Question: view.AskLeaks}, "table", layout{width: 80}},
		{"lines.md", view.Options{}, "markdown", layout{}},
		{"lines.csv", view.Options{}, "csv", layout{}},
		{"lines.json", view.Options{Top: 1}, "json", layout{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := view.NewReport(view.NewSource(reporttest.Lines()), c.options)
			if err != nil {
				t.Fatal(err)
			}
			form, err := parseViewFormat(c.format)
			if err != nil {
				t.Fatal(err)
			}
			if form.forPeople {
				r.AddSource(source)
			}
			var out bytes.Buffer
			if err := form.report(&out, r, c.layout); err != nil {
				t.Fatal(err)
			}
			golden(t, c.name, out.Bytes())
		})
	}
}

func TestTheSourceOfAReportIsFoundAndLeftOutWhereItChanged(t *testing.T) {
	file := filepath.Join(t.TempDir(), "main.c")
	if err := os.WriteFile(file, []byte("1\n2\n3\n4\n\tx = calloc(1, \x1b[2J 100);\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for recorded, want := range map[time.Time]string{
		time.Now().Add(time.Hour):  "main  main.c:5  x = calloc(1, ·[2J 100);",
		time.Now().Add(-time.Hour): "note          the source text of main.c is left out, as changed since the recording",
	} {
		p := reporttest.Lines()
		p.Recording = &profile.Recording{Start: recorded}
		profile := filepath.Join(t.TempDir(), "p.json")
		if err := format.WriteFile(profile, wholefile.Options{}, p); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if status := mainWith(&Streams{Out: &out, Err: &out}, []string{"report", "--source-path", "/src/lines=" + filepath.Dir(file), profile}); status != 0 || !strings.Contains(out.String(), want) {
			t.Errorf("status %d, no %q in\n%s", status, want, out.String())
		}
	}
}
