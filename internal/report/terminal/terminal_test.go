package terminal

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"heapprof/internal/profile"
	"heapprof/internal/report/outline"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/source"
	"heapprof/internal/report/view"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// shown is the options for looking at a profile, with a tab for each of some questions.
func shown(p *profile.Profile) Options {
	s := view.NewSource(p)
	page := func(o view.Options) func(Ask) Answer {
		return func(a Ask) Answer {
			o := o
			o.Focus, o.AllFrames = a.Filter, a.AllFrames
			if m, err := view.ParseMetric(a.Choice); err == nil {
				o.Metric = &m
			}
			r, err := view.NewReport(s, o)
			if err != nil {
				return Answer{Said: err.Error()}
			}
			words := outline.Words{Name: "site, its callers below", Lines: "at lines", Callers: "called by", Unfocused: "what the filter leaves out"}
			return Answer{
				Page: outline.OfReport(r, words), Said: "an answer by " + r.Metric.String(), Folds: true, Filters: true,
				Choices: view.MetricNames(), Choice: r.Metric.String(), Choose: "sort by",
			}
		}
	}
	return Options{
		Title: "./prog --of tests", Aside: "peak 1 KiB", Unicode: true,
		Tabs: []Tab{
			{"peak", page(view.Options{})}, {"churn", page(view.Options{Question: view.AskChurn})},
			{"growth", page(view.Options{Question: view.AskGrowth})}, {"types", page(view.Options{By: view.ByType})},
		},
		Files:    source.New(source.Options{Dirs: []string{"testdata"}}),
		NoSource: func(*outline.Row, *source.File) string { return "no source here" },
		Command:  func(tab int, a Ask) string { return "heapprof report" },
		Explain: func(width int) Explanation {
			var lines []string
			for i := range 50 {
				lines = append(lines, fmt.Sprintf(" words in line %d", i))
			}
			of := map[outline.Subject]int{{Name: "load", File: "/src/lines/load.c", Line: 11}: 1}
			return Explanation{Lines: lines, Marks: []int{3, 20}, Heads: []string{"one thing was found", "another thing was found in load"}, Of: of}
		},
	}
}

// screen is a model that has been told its size, and answers at once.
type screen struct{ *Model }

func newScreen(o Options, width, height int) *screen {
	s := &screen{New(o)}
	s.run(s.Init())
	s.send(tea.WindowSizeMsg{Width: width, Height: height})
	return s
}

func (s *screen) run(c tea.Cmd) {
	for c != nil {
		msg := c()
		if msg == nil {
			return
		}
		_, c = s.Update(msg)
	}
}

func (s *screen) send(msg tea.Msg) {
	_, c := s.Update(msg)
	s.run(c)
}

// special are keys by their names.
var special = map[string]tea.KeyPressMsg{
	"enter": {Code: tea.KeyEnter}, "esc": {Code: tea.KeyEscape}, "tab": {Code: tea.KeyTab}, "up": {Code: tea.KeyUp}, "down": {Code: tea.KeyDown},
	"left": {Code: tea.KeyLeft}, "right": {Code: tea.KeyRight}, "pgup": {Code: tea.KeyPgUp}, "pgdown": {Code: tea.KeyPgDown}, "home": {Code: tea.KeyHome},
	"end": {Code: tea.KeyEnd}, "space": {Code: tea.KeySpace, Text: " "}, "backspace": {Code: tea.KeyBackspace},
	"shift+tab": {Code: tea.KeyTab, Mod: tea.ModShift}, "ctrl+u": {Code: 'u', Mod: tea.ModCtrl}, "ctrl+w": {Code: 'w', Mod: tea.ModCtrl},
}

// press presses keys, which spaces separate.
func (s *screen) press(keys string) *screen {
	for _, k := range strings.Fields(keys) {
		msg, ok := special[k]
		if !ok {
			msg = tea.KeyPressMsg{Code: []rune(k)[0], Text: k}
		}
		s.send(msg)
	}
	return s
}

var sgr = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// plain is the screen without its styles.
func (s *screen) plain() string {
	var lines []string
	for line := range strings.Lines(sgr.ReplaceAllString(s.Screen(), "")) {
		lines = append(lines, strings.TrimRight(line, " \n"))
	}
	return strings.Join(lines, "\n") + "\n"
}

func TestScreensLookAsTheGoldenFiles(t *testing.T) {
	small := shown(reporttest.Typed())
	ascii := shown(reporttest.Typed())
	ascii.Unicode = false
	for name, got := range map[string]string{
		"peak":    newScreen(shown(reporttest.Sample()), 80, 20).plain(),
		"opened":  newScreen(shown(reporttest.Lines()), 80, 24).press("enter").plain(),
		"ascii":   newScreen(ascii, 80, 20).press("enter down").plain(),
		"wide":    newScreen(shown(reporttest.Typed()), 120, 18).press("4 enter").plain(),
		"growth":  newScreen(shown(reporttest.WithFacts()), 80, 18).press("3").plain(),
		"sampled": newScreen(shown(reporttest.Sampled()), 80, 16).plain(),
		"small":   newScreen(small, 40, 8).plain(),
		"menu":    newScreen(small, 60, 16).press("m down").plain(),
		"filter":  newScreen(shown(reporttest.Sample()), 80, 16).press("/ p a r").plain(),
		"matched": newScreen(shown(reporttest.Sample()), 80, 16).press("/ p a r s enter").plain(),
		"help":    newScreen(small, 80, 40).press("?").plain(),
		"explain": newScreen(small, 60, 12).press("x n").plain(),
	} {
		path := filepath.Join("testdata", name+".txt")
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o666); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s differs, got:\n%s\nwant:\n%s", path, got, want)
		}
	}
}
