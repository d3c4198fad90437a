package terminal

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	tea "charm.land/bubbletea/v2"

	"heapprof/internal/profile"
	"heapprof/internal/report/names"
	"heapprof/internal/report/reporttest"
)

// selected is the name of the row that is selected.
func (s *screen) selected() string {
	if row := s.tab().list.row(); row != nil {
		return row.Name
	}
	return ""
}

func TestKeysGoThroughRowsAndOpenThem(t *testing.T) {
	s := newScreen(shown(reporttest.Lines()), 80, 24)
	for _, step := range []struct{ keys, selected string }{
		{"", "load"}, {"down", "parse"}, {"k", "load"}, {"up", "load"},
		{"right", "load"}, {"right", ":10"}, // over the title of the lines
		{"left", "load"}, {"enter", "load"}, {"down", "parse"}, // closed again
		{"G", "total"}, {"g", "load"}, {"end", "total"}, {"home", "load"}, {"space", "load"}, {"j j", ":11"}, {"-", "load"}, {"j", "parse"},
		{"pgdown", "total"}, {"pgup", "load"},
	} {
		if s.press(step.keys); s.selected() != step.selected {
			t.Fatalf("after %q %q is selected, want %q:\n%s", step.keys, s.selected(), step.selected, s.plain())
		}
	}
}

func TestWhatIsCalledByOneFunctionAloneOpensWithIt(t *testing.T) {
	s := newScreen(shown(reporttest.Deep(12)), 80, 40).press("enter")
	for i := range 12 {
		if !strings.Contains(s.plain(), fmt.Sprintf(" f%d  a.c:%d\n", i, i+1)) {
			t.Fatalf("f%d is not to be seen:\n%s", i, s.plain())
		}
	}
	if s.press("left"); strings.Contains(s.plain(), "f3") {
		t.Errorf("f3 is still to be seen:\n%s", s.plain())
	}
}

func TestTabsKeepWhatIsSelectedAndAskOnce(t *testing.T) {
	o := shown(reporttest.Sample())
	asked := 0
	page := o.Tabs[1].Page
	o.Tabs[1].Page = func(a Ask) Answer { asked++; return page(a) }
	s := newScreen(o, 80, 24).press("down down")
	was := s.selected()
	if s.press("tab"); s.at != 1 || asked != 1 {
		t.Fatalf("tab %d is shown, asked %d times", s.at, asked)
	}
	s.press("shift+tab tab 2 1")
	if s.selected() != was || asked != 1 || s.at != 0 {
		t.Errorf("%q is selected in tab %d, asked %d times, want %q", s.selected(), s.at, asked, was)
	}
	if s.press("4 tab"); s.at != 0 {
		t.Errorf("behind the last tab comes tab %d", s.at)
	}
	if s.press("9"); s.at != 0 {
		t.Errorf("9 goes to tab %d", s.at)
	}
}

func TestAFilterShowsWhatMatchesAndTheRest(t *testing.T) {
	s := newScreen(shown(reporttest.Sample()), 80, 24)
	all := len(s.tab().list.entries)
	s.press("/ x backspace P a r s enter")
	if !strings.Contains(s.plain(), "what the filter leaves out") || !strings.Contains(s.plain(), "/Pars") || len(s.tab().list.entries) != 4 {
		t.Fatalf("filtered:\n%s", s.plain())
	}
	if s.press("n"); s.tab().list.cursor != 1 {
		t.Errorf("n goes to row %d", s.tab().list.cursor)
	}
	if s.press("n"); s.tab().list.cursor != 0 {
		t.Errorf("n goes on to row %d, and not round", s.tab().list.cursor)
	}
	s.press("/ ctrl+u ( enter")
	if !strings.Contains(s.plain(), "no regular expression") || s.prompt == nil {
		t.Errorf("a wrong expression:\n%s", s.plain())
	}
	if s.press("esc"); len(s.tab().list.entries) != 4 {
		t.Errorf("Esc leaves the line that is typed and not the filter")
	}
	if s.press("esc"); len(s.tab().list.entries) != all {
		t.Errorf("the filter stays after Esc")
	}
	if s.press("/ q m"); s.prompt.text != "qm" {
		t.Errorf("%q is typed, want qm", s.prompt.text)
	}
}

func TestAMenuChoosesTheMetric(t *testing.T) {
	s := newScreen(shown(reporttest.Sample()), 80, 24).press("m g enter")
	if a := s.tab().answer; a.Choice != "total-bytes" || !strings.Contains(s.plain(), "total-bytes       %") {
		t.Errorf("by %s:\n%s", a.Choice, s.plain())
	}
	if s.press("m down esc"); s.tab().answer.Choice != "total-bytes" {
		t.Errorf("Esc takes %s", s.tab().answer.Choice)
	}
}

func TestAllFramesAreShownAndFolded(t *testing.T) {
	s := newScreen(shown(reporttest.Sample()), 80, 24).press("f")
	if !strings.Contains(s.plain(), "operator new") {
		t.Errorf("no operator new:\n%s", s.plain())
	}
	if s.press("f down"); strings.Contains(s.plain(), "operator new") {
		t.Errorf("operator new is still there:\n%s", s.plain())
	}
}

func TestALateAnswerToAnotherQuestionIsNotShown(t *testing.T) {
	s := newScreen(shown(reporttest.Sample()), 80, 24)
	_, late := s.Update(tea.KeyPressMsg{Code: 'f', Text: "f"})
	_, now := s.Update(tea.KeyPressMsg{Code: 'f', Text: "f"})
	s.run(now)
	s.run(late)
	if strings.Contains(s.plain(), "operator new") {
		t.Errorf("what was asked before is shown:\n%s", s.plain())
	}
}

// hostile has names that would steer a terminal, turn the direction of text, or are megabytes long.
func hostile() *profile.Profile {
	p := reporttest.Sample()
	evil := " \x1b]0;owned\a\x1b[2J\u009b31m\x7f\u2028\u202e\u0085\r\n\xff中文字\u0301 forged"
	p.Command += evil
	for i := range p.Frames {
		p.Frames[i].Function += evil
		p.Frames[i].File += evil
	}
	p.Frames[1].Function += strings.Repeat("x<a, ", 1<<20)
	return p
}

func TestEachScreenIsAsLargeAsTheTerminalAndHasNothingThatSteersIt(t *testing.T) {
	o := shown(hostile())
	for _, size := range [][2]int{{1, 1}, {5, 3}, {20, 5}, {21, 6}, {27, 16}, {33, 9}, {40, 12}, {57, 16}, {80, 24}, {120, 40}, {200, 50}} {
		for _, unicode := range []bool{false, true} {
			o.Unicode, o.Color = unicode, size[0]%2 == 0
			s := newScreen(o, 80, 24)
			s.send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
			for _, keys := range []string{"", "enter", "down right", "2", "3", "4 enter", "m", "esc x", "q ?", "end", "q / 中", "esc c", "n", "f", "1 /  P enter"} {
				s.press(keys)
				checkScreen(t, s, size[0], size[1], unicode)
				if t.Failed() {
					t.Fatalf("%d columns, after %q:\n%s", size[0], keys, s.plain())
				}
			}
		}
	}
}

func checkScreen(t *testing.T, s *screen, width, height int, isUnicode bool) {
	t.Helper()
	lines := strings.Split(sgr.ReplaceAllString(s.Screen(), ""), "\n")
	if len(lines) != height {
		t.Errorf("%d lines, want %d", len(lines), height)
	}
	for _, line := range lines {
		if names.Width(line) > width {
			t.Errorf("%q is wider than %d columns", line, width)
		}
		for _, r := range line {
			if r < ' ' || r == 0x7f || unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == unicode.ReplacementChar || !isUnicode && r > '~' {
				t.Errorf("%U in %q", r, line)
				return
			}
		}
	}
}

func TestColourIsLeftOutWhereItIsNotWanted(t *testing.T) {
	colours := regexp.MustCompile(`\x1b\[[0-9;]*[34][0-7]`)
	o := shown(reporttest.Sample())
	if s := newScreen(o, 80, 24); colours.MatchString(s.Screen()) {
		t.Errorf("coloured: %q", s.Screen())
	}
	o.Color = true
	if s := newScreen(o, 80, 24); !colours.MatchString(s.Screen()) {
		t.Errorf("not coloured: %q", s.Screen())
	}
}

func TestARowOfWhichSomethingWasFoundIsMarkedAndExplained(t *testing.T) {
	s := newScreen(shown(reporttest.Lines()), 80, 24)
	screen := s.plain()
	if !strings.Contains(screen, ">!   67.9 KiB") || strings.Contains(screen, " !   4.88 KiB") || !strings.Contains(screen, "! another thing was found in load (x explains)") {
		t.Errorf("load alone has a finding:\n%s", screen)
	}
	if s.press("x"); !strings.Contains(s.plain(), "types\n words in line 20\n") {
		t.Errorf("x shows:\n%s", s.plain())
	}
	if s.press("N"); !strings.Contains(s.plain(), "types\n words in line 3\n") {
		t.Errorf("the finding before is not shown:\n%s", s.plain())
	}
	if s.press("n n q"); s.overlay != nil {
		t.Error("q does not lead back")
	}
}

func TestWhatIsFoundIsLookedForOnceForEachWidth(t *testing.T) {
	o := shown(reporttest.Lines())
	var widths []int
	explain := o.Explain
	o.Explain = func(width int) Explanation { widths = append(widths, width); return explain(width) }
	s := newScreen(o, 80, 24).press("x q 2 x q")
	s.send(tea.WindowSizeMsg{Width: 60, Height: 20})
	s.press("x q x")
	if want := []int{80, 60}; !slices.Equal(widths, want) {
		t.Errorf("looked for at the widths %v, want %v", widths, want)
	}
}

// editor does nothing.
type editor struct{}

func (editor) Run() error          { return nil }
func (editor) SetStdin(io.Reader)  {}
func (editor) SetStdout(io.Writer) {}
func (editor) SetStderr(io.Writer) {}

func TestTheEditorOpensAtTheSelectedLine(t *testing.T) {
	o := shown(reporttest.Lines())
	var at []string
	o.Edit = func(file string, line int) (Editor, error) {
		at = append(at, fmt.Sprintf("%s:%d", file, line))
		return editor{}, nil
	}
	s := newScreen(o, 80, 24)
	s.press("e right right down e") // the site, then its second line
	if want := []string{"testdata/lines/load.c:10", "testdata/lines/load.c:11"}; !slices.Equal(at, want) {
		t.Errorf("opened at %v, want %v", at, want)
	}
	if s.press("end e"); len(at) != 2 || !strings.Contains(s.plain(), "no source line is known of this row") {
		t.Errorf("of the total it opens %v:\n%s", at, s.plain())
	}
}

func TestAnExplanationThatIsScrolledStaysThroughAResize(t *testing.T) {
	o := shown(reporttest.Lines())
	explain := o.Explain
	o.Explain = func(width int) Explanation {
		x := explain(width)
		if width < 80 {
			x.Lines, x.Marks, x.Of = x.Lines[:10], x.Marks[:1], nil // it may be shorter, too
		}
		return x
	}
	s := newScreen(o, 80, 24).press("x end")
	_, later := s.Update(tea.WindowSizeMsg{Width: 60, Height: 20})
	checkScreen(t, s, 60, 20, true)
	if !strings.Contains(s.plain(), "words in line 29") {
		t.Errorf("before there are new words:\n%s", s.plain())
	}
	s.run(later)
	checkScreen(t, s, 60, 20, true)
	if !strings.Contains(s.plain(), "words in line 9") {
		t.Errorf("with new words:\n%s", s.plain())
	}
}

func TestALineOfASiteHasNoMoreThanTheScreen(t *testing.T) {
	for width := leastWidth; width < 40; width++ {
		for _, p := range []*profile.Profile{reporttest.Lines(), reporttest.Sampled()} {
			checkScreen(t, newScreen(shown(p), width, 16).press("2 enter"), width, 16, true)
		}
	}
}
