package judge

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"heapprof/cmd/console"
	"heapprof/cmd/record"
	"heapprof/internal/format"
	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/report/text"
	"heapprof/internal/suite"
	"heapprof/internal/wholefile"
)

// baselineName is the directory of the baseline below that of profiles.
const baselineName = "baseline"

// baselineDir returns where the baseline is.
func (w *workshop) baselineDir() string {
	if w.baseline != "" {
		return w.baseline
	}
	return filepath.Join(w.dir, baselineName)
}

// conclude reads the profiles, moves them to their places, shows the table, and returns the error with
// the status.
func (w *workshop) conclude() error {
	if len(w.tests) == 0 {
		return w.noTests()
	}
	for _, t := range w.tests {
		if err := w.keep(t); err != nil {
			return console.Failure(err)
		}
	}
	for _, t := range w.tests {
		if err := w.judge(t); err != nil {
			return console.Failure(err)
		}
		w.showFailure(t)
	}
	if w.forms.hasText() {
		if err := w.writeTable(); err != nil {
			return console.Failure(err)
		}
	}
	if err := w.forms.writeTo(w.streams.Out, "standard output", record.Naming{Program: w.args[0]}, w.checks()); err != nil {
		return err
	}
	switch {
	case w.ctx.Err() != nil:
		return &console.ExitError{Status: console.ExitSignalBase + 2, Err: errInterrupted}
	case w.update:
		if err := w.updateBaseline(); err != nil {
			return console.Failure(err)
		}
	}
	if status := cmp.Or(w.status, w.judged()); status != 0 {
		return &console.ExitError{Status: status}
	}
	return nil
}

// noTests returns the error for a suite of which no test has run.
func (w *workshop) noTests() error {
	switch {
	case w.ctx.Err() != nil:
		return &console.ExitError{Status: console.ExitSignalBase + 2}
	case w.status != 0:
		return &console.ExitError{Status: w.status} // which the suite has explained
	}
	return console.Failure(errNothingRan(w.ignored))
}

func errNothingRan(ignored int) error {
	if ignored > 0 {
		return fmt.Errorf("no test ran: %s", human.Counted(uint64(ignored), "test")+" ignored")
	}
	return errors.New("no test ran: there are none, or the filters leave all of them out")
}

// keep reads a test's profile and moves it to its place.
func (w *workshop) keep(t *tested) error {
	if t.file == "" {
		return nil
	}
	p, err := format.ReadFile(t.file)
	if err != nil {
		return err
	}
	p.FindLost()
	t.profile = p
	name := ProfileFile(t.fileGroup(w), t.name)
	before, err := format.ReadFile(filepath.Join(w.baselineDir(), name))
	switch {
	case err == nil:
		before.FindLost()
		t.before = before
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	place := filepath.Join(w.dir, name)
	if err := os.MkdirAll(filepath.Dir(place), 0o777); err != nil {
		return err
	}
	if err := os.Rename(t.file, place); err != nil {
		return err
	}
	t.file = place
	return nil
}

// fileGroup returns the name of the directory of a test's profile.
func (t *tested) fileGroup(w *workshop) string {
	switch {
	case t.group != "":
	case w.system == suite.CTest:
		return "ctest"
	case w.system == suite.Pytest:
		return "pytest"
	}
	return t.group
}

// updateBaseline writes the profiles of the tests that have passed to the baseline.
func (w *workshop) updateBaseline() error {
	kept := 0
	for _, t := range w.tests {
		if t.failed || t.file == "" || !t.keepsLimits() {
			continue
		}
		err := wholefile.Write(filepath.Join(w.baselineDir(), ProfileFile(t.fileGroup(w), t.name)), wholefile.Options{}, func(to io.Writer) error {
			text, err := os.ReadFile(t.file)
			if err == nil {
				_, err = to.Write(text)
			}
			return err
		})
		if err != nil {
			return err
		}
		kept++
	}
	w.streams.Say("the baseline of %s is in %s", human.Counted(uint64(kept), "test"), w.shown(w.baselineDir()))
	return nil
}

// shown returns a path as short as it can be written here.
func (w *workshop) shown(path string) string {
	wd, err := os.Getwd()
	if err != nil {
		return path
	}
	if short, err := filepath.Rel(wd, path); err == nil && !strings.HasPrefix(short, "..") {
		return short
	}
	return path
}

// showFailure shows what a test that has failed has written.
func (w *workshop) showFailure(t *tested) {
	if !t.failed || t.output == "" {
		return
	}
	how := howEnded(t.status)
	text, _ := os.ReadFile(t.output)
	if len(text) == 0 {
		w.streams.Say("%s failed with %s, and has written nothing", t.name, how)
		return
	}
	w.streams.Say("%s failed with %s; it has written:", t.name, how)
	w.streams.Err.Write(text)
	if text[len(text)-1] != '\n' {
		fmt.Fprintln(w.streams.Err)
	}
	fmt.Fprintln(w.streams.Err)
}

// howEnded says how a process has ended, of which a shell has that status.
func howEnded(status int) string {
	if status > console.ExitSignalBase {
		return fmt.Sprintf("signal %d", status-console.ExitSignalBase)
	}
	return fmt.Sprintf("status %d", status)
}

// writeTable writes the table of all tests, and what it comes to.
func (w *workshop) writeTable() error {
	table := &text.Tests{Left: "at exit"}
	for _, t := range w.tests {
		if t.profile != nil && t.profile.Columns.Has(profile.Lost) {
			table.Left = "leaked"
		}
		table.Change = table.Change || t.before != nil
	}
	several := slices.ContainsFunc(w.tests, func(t *tested) bool { return t.group != w.tests[0].group })
	for _, t := range w.tests {
		n := len(table.Groups)
		if n == 0 || several && table.Groups[n-1].Name != t.group {
			table.Groups = append(table.Groups, text.TestGroup{})
			if n++; several {
				table.Groups[n-1].Name = names.Printable(t.group)
			}
		}
		table.Groups[n-1].Tests = append(table.Groups[n-1].Tests, t.row())
	}
	o := text.TestsOptions{Width: 80}
	if w.streams.OutTerminal {
		o = text.TestsOptions{Width: w.streams.Width, Color: w.streams.Color}
	}
	return console.WriteOutput(w.streams, "", func(out io.Writer) error {
		if err := text.WriteTests(out, table, o); err != nil {
			return err
		}
		_, err := fmt.Fprintf(out, "\n%s\n", strings.Join(w.summary(), "\n"))
		return err
	})
}

// row returns a test's line in the table.
func (t *tested) row() text.Test {
	r := text.Test{Name: names.Printable(t.name), Bad: t.failed}
	if t.name == "" {
		r.Name = wholeProgram
	}
	switch {
	case t.failed:
		r.Result = "failed"
	case !t.keepsLimits():
		r.Result, r.Bad = "FAIL", true
	case t.verdict != nil:
		r.Result = "PASS"
	}
	p := t.profile
	if p == nil {
		return r
	}
	all := p.Totals()
	r.Measured = &text.TestAmounts{Units: human.UnitsOf(p), TotalBytes: all.TotalBytes, TotalBlocks: all.TotalBlocks, Peak: all.PeakBytes, Left: all.EndBytes}
	if p.Columns.Has(profile.Lost) {
		r.Measured.Left = all.Rest().LostBytes
	}
	if t.before != nil {
		r.Change = changeOfTest(r.Measured.Units, t.before.Totals(), all)
	} else {
		r.Change = "new"
	}
	return r
}

// changeOfTest says which of a test's numbers has changed most, and by how much.
func changeOfTest(u human.Units, before, after profile.Point) string {
	words, most := "same", 0.0
	for _, m := range []struct {
		name string
		a, b uint64
	}{
		{"peak", before.PeakBytes, after.PeakBytes},
		{"blocks", before.TotalBlocks, after.TotalBlocks},
		{"allocated", before.TotalBytes, after.TotalBytes},
		{"at exit", before.EndBytes, after.EndBytes},
	} {
		change := math.Abs(float64(m.b)-float64(m.a)) / float64(max(m.a, 1))
		if m.a == m.b || change <= most {
			continue
		}
		most = change
		switch {
		case m.a == 0:
			words = "new " + m.name
		case m.b > m.a:
			words = fmt.Sprintf("+%s %s", u.Percentage(100*change), m.name)
		default:
			words = fmt.Sprintf("-%s %s", u.Percentage(100*change), m.name)
		}
	}
	return words
}

// summary returns the lines below the table.
func (w *workshop) summary() []string {
	passed, failed, over, unjudged := 0, 0, 0, 0
	var all []string
	for _, t := range w.tests {
		switch {
		case t.failed:
			failed++
		case !t.keepsLimits():
			over++
		default:
			passed++
		}
		if t.unjudged {
			unjudged++
		}
		for _, said := range t.said {
			all = append(all, names.Printable(t.name)+": "+said)
		}
	}
	if len(all) > 0 {
		all = append(all, "")
	}
	line := fmt.Sprintf("%s passed", human.Counted(uint64(passed), "test"))
	for _, more := range []struct {
		n     int
		words string
	}{{over, "over what is allowed"}, {failed, "failed"}, {w.ignored, "ignored"}} {
		if more.n > 0 {
			line += fmt.Sprintf(", %s %s", human.Count(uint64(more.n)), more.words)
		}
	}
	all = append(all, line+"; profiles: "+w.shown(w.dir))
	if unjudged > 0 {
		all = append(all, fmt.Sprintf("increases of %s were not judged, as %s has no such test: --update accepts them", human.Counted(uint64(unjudged), "test"), w.shown(w.baselineDir())))
	}
	if w.doctests {
		all = append(all, "documentation tests were left out: rustdoc compiles and runs them itself")
	}
	for _, name := range w.unnamed {
		all = append(all, fmt.Sprintf("left out: %q, as Catch2 has no way to ask for that name alone", name))
	}
	return all
}
