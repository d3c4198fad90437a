package screen

import (
	"bytes"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"heapprof/cmd/console"
	"heapprof/cmd/opening"
	"heapprof/cmd/reports"
	"heapprof/cmd/wording"
	"heapprof/internal/profile"
	"heapprof/internal/report/outline"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/terminal"
	"heapprof/internal/report/view"
	"heapprof/internal/testkit"
)

// looked returns what view shows of one profile, or of two.
func looked(profiles ...*profile.Profile) *terminal.Options {
	o := &viewOptions{streams: &console.Streams{}, file: "p.json"}
	if len(profiles) == 1 {
		return newViewer(o, profiles[0]).options()
	}
	o.file, o.later = "a.json", "b.json"
	return (&diffViewer{viewer: newViewer(o, profiles[1]), before: opening.NewSource(profiles[0], o.file, o.rules)}).options()
}

// rowsOf returns the numbers of a page's rows and their sum, each row's as words.
func rowsOf(p *outline.Page) (rows []string) {
	for _, r := range p.Rows {
		rows = append(rows, strings.Join(strings.Fields(strings.Join(r.Cells(), " ")), " "))
	}
	return rows
}

// asTable returns the format of tables.
func asTable(t *testing.T) reports.ViewFormat {
	t.Helper()
	f, err := reports.ParseViewFormat(reports.TableFormat)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// tableOf returns the numbers of a report's rows, as a table has them, each row's as words.
func tableOf(t *testing.T, o view.Options, p *outline.Page, of *profile.Profile) (rows []string) {
	t.Helper()
	r, err := view.NewReport(view.NewSource(of), o)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := asTable(t).Report(&b, r, reports.Layout{}); err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(b.String(), strings.TrimSpace(p.Titles[0])+"  ")
	for line := range strings.Lines(table) {
		rows = append(rows, strings.Join(strings.Fields(line), " "))
	}
	return rows[1:]
}

func TestTheNumbersOfViewAreThoseOfReport(t *testing.T) {
	profiles := map[string]*profile.Profile{
		"facts": reporttest.WithFacts(), "typed": reporttest.Typed(), "sampled": reporttest.Sampled(), "random": reporttest.Random(3),
		"valgrind": reporttest.Foreign(t, "valgrind-heap.json"), "dhat-rs": reporttest.Foreign(t, "dhat-rs-heap.json"), "found": reporttest.Found(),
	}
	for name, p := range profiles {
		o := looked(p)
		for _, tab := range viewTabs(p) {
			at := slices.IndexFunc(o.Tabs, func(t terminal.Tab) bool { return t.Name == tab.name })
			for _, allFrames := range []bool{false, true} {
				answer := o.Tabs[at].Page(terminal.Ask{AllFrames: allFrames})
				if answer.Page == nil {
					if tab.ask != view.AskGrowth || p.Recording != nil && p.Recording.HasFacts {
						t.Errorf("%s %s: %s", name, tab.name, answer.Said)
					}
					continue
				}
				// What stands below a row of the table has no numbers of its own here.
				want := tableOf(t, view.Options{Question: tab.ask, By: tab.by, AllFrames: allFrames}, answer.Page, p)
				for _, row := range rowsOf(answer.Page) {
					i := slices.IndexFunc(want, func(w string) bool { return strings.HasPrefix(w, row) })
					if i < 0 {
						t.Errorf("%s %s: the report has no row %q in this order", name, tab.name, row)
						break
					}
					want = want[i+1:]
				}
			}
		}
	}
}

func TestTheNumbersOfViewAreThoseOfDiff(t *testing.T) {
	before, after := reporttest.Random(1), reporttest.Random(2)
	o := looked(before, after)
	for _, name := range []string{"peak", "leaks", "churn", "types"} {
		at := slices.IndexFunc(o.Tabs, func(t terminal.Tab) bool { return t.Name == name })
		tab := viewTabs(after)[slices.IndexFunc(viewTabs(after), func(t viewTab) bool { return t.name == name })]
		d, err := view.NewDiff(view.NewSource(before), view.NewSource(after), view.Options{Question: tab.ask, By: tab.by})
		if err != nil {
			t.Fatal(err)
		}
		page := o.Tabs[at].Page(terminal.Ask{}).Page
		if len(page.Rows) != len(d.Rows)+1 {
			t.Errorf("%s: %d rows, the diff has %d", name, len(page.Rows)-1, len(d.Rows))
		}
		total := page.Rows[len(page.Rows)-1].Cells()
		var b bytes.Buffer
		if err := asTable(t).Diff(&b, d, reports.Layout{}); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(b.String()), "\n")
		for _, cell := range total[:4] {
			if last := lines[len(lines)-1]; !strings.Contains(last, cell) {
				t.Errorf("%s: the total has %q, the diff's is %q", name, cell, last)
			}
		}
	}
}

func TestTabsWithoutAnAnswerSayWhy(t *testing.T) {
	valgrind, dhatRs := reporttest.Foreign(t, "valgrind-heap.json"), reporttest.Foreign(t, "dhat-rs-heap.json")
	for _, c := range []struct {
		o         *terminal.Options
		tab, said string
	}{
		{looked(valgrind), residentTab, "p.json does not tell what was resident: valgrind does not record it, heapprof run does"},
		{looked(valgrind), "growth", "p.json does not tell how blocks grew: valgrind does not record it, heapprof run does"},
		{looked(dhatRs), retainedTab, "p.json does not tell who holds what: dhat-rs does not record it, heapprof run --retained does"},
		{looked(valgrind, valgrind), "growth", "growth is told of one profile, and not of what changed: heapprof view b.json"},
	} {
		at := slices.IndexFunc(c.o.Tabs, func(t terminal.Tab) bool { return t.Name == c.tab })
		if answer := c.o.Tabs[at].Page(terminal.Ask{}); answer.Page != nil || answer.Said != c.said {
			t.Errorf("%s: %q, want %q", c.tab, answer.Said, c.said)
		}
	}
}

func TestWhoHoldsItAddsUpAlsoWhereItIsFiltered(t *testing.T) {
	o := looked(reporttest.Held())
	at := slices.IndexFunc(o.Tabs, func(t terminal.Tab) bool { return t.Name == retainedTab })
	for _, a := range []terminal.Ask{{}, {Filter: regexp.MustCompile("cache")}, {Filter: regexp.MustCompile("no such thing")}} {
		answer := o.Tabs[at].Page(a)
		if answer.Page == nil {
			t.Fatal(answer.Said)
		}
		rows := answer.Page.Rows
		if total := rows[len(rows)-1]; total.Kind != outline.Total || len(answer.Choices) == 0 || !slices.Contains(answer.Choices, answer.Choice) {
			t.Errorf("%v: the last row is %q, %q of %q is shown", a.Filter, total.Name, answer.Choice, answer.Choices)
		}
		var blocks, all int
		for _, row := range rows {
			n, err := strconv.Atoi(strings.ReplaceAll(row.Cells()[2], ",", ""))
			if err != nil {
				t.Fatal(err)
			}
			if all += n; row.Kind != outline.Total {
				blocks += n
			}
		}
		if all-blocks != blocks || blocks == 0 {
			t.Errorf("%v: rows have %d blocks, and all %d", a.Filter, blocks, all-blocks)
		}
	}
}

func TestTheVerdictOfADiffStandsFirst(t *testing.T) {
	worse := looked(reporttest.Rebuilt(), reporttest.Sample())
	answer := worse.Tabs[0].Page(terminal.Ask{})
	d, err := view.NewDiff(view.NewSource(reporttest.Rebuilt()), view.NewSource(reporttest.Sample()), view.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if want := wording.Verdict(d)[0].Text; !strings.HasPrefix(answer.Said, want) {
		t.Errorf("%q, want %q first", answer.Said, want)
	}
}

func TestUnicodeIsShownByTheLocale(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want bool
	}{
		{map[string]string{"LANG": "en_US.UTF-8"}, true}, {map[string]string{"LANG": "C.utf8", "TERM": "xterm"}, true},
		{map[string]string{"LANG": "C"}, false}, {map[string]string{"LANG": "en_US.UTF-8", "LC_ALL": "C"}, false},
		{map[string]string{"LANG": "C", "LC_CTYPE": "C.UTF-8"}, true}, {map[string]string{"LANG": "en_US.UTF-8", "TERM": "linux"}, false},
		{map[string]string{"LANG": "de_DE.ISO-8859-1"}, false},
	} {
		if got := ShowsUnicode(func(name string) string { return c.env[name] }); got != c.want {
			t.Errorf("%v: %v", c.env, got)
		}
	}
}

func TestTheCommandThatPrintsATabIsOne(t *testing.T) {
	file := filepath.Join(testkit.Root(t), "testdata", "profiles", "valgrind-heap.json")
	o := newViewer(&viewOptions{streams: &console.Streams{}, file: file}, reporttest.Foreign(t, "valgrind-heap.json")).options()
	for i, tab := range o.Tabs {
		ask := terminal.Ask{AllFrames: true, Filter: regexp.MustCompile("main|o't")}
		answer := tab.Page(ask)
		if answer.Page == nil {
			continue
		}
		command := o.Command(i, ask)
		if want := `--focus 'main|o'\''t' --all-frames ` + file; !strings.HasSuffix(command, want) {
			t.Errorf("%s: %s, want %s at its end", tab.Name, command, want)
		}
		words := strings.Fields(o.Command(i, terminal.Ask{Choice: "total-blocks"}))
		var out bytes.Buffer
		s := &console.Streams{Out: &out, Err: &out}
		printing := map[string]*cobra.Command{"report": reports.NewReport(s, nil), "explain": reports.NewExplain(s, nil)}[words[1]]
		printing.SetArgs(words[2:])
		if err := printing.Execute(); err != nil {
			t.Errorf("%s: %v of %s: %s", tab.Name, err, words, &out)
		}
	}
}
