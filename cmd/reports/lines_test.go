package reports

import (
	"bytes"
	"fmt"
	"path/filepath"
	"testing"

	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
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
		layout  Layout
	}{
		{"lines.width80.txt", view.Options{}, "table", Layout{width: 80}},
		{"lines.width80.color.txt", view.Options{}, "table", Layout{width: 80, color: true}},
		{"lines.txt", view.Options{}, "table", Layout{}},
		{"lines.leaks.width80.txt", view.Options{Question: view.AskLeaks}, "table", Layout{width: 80}},
		{"lines.md", view.Options{}, "markdown", Layout{}},
		{"lines.csv", view.Options{}, "csv", Layout{}},
		{"lines.json", view.Options{Top: 1}, "json", Layout{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := view.NewReport(view.NewSource(reporttest.Lines()), c.options)
			if err != nil {
				t.Fatal(err)
			}
			form, err := ParseViewFormat(c.format)
			if err != nil {
				t.Fatal(err)
			}
			if form.forPeople {
				r.AddSource(source)
			}
			var out bytes.Buffer
			if err := form.Report(&out, r, c.layout); err != nil {
				t.Fatal(err)
			}
			golden(t, c.name, out.Bytes())
		})
	}
}
