package judge

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"heapprof/cmd/console"
	"heapprof/cmd/record"
	"heapprof/internal/report/ci"
	"heapprof/internal/report/names"
	"heapprof/internal/wholefile"
)

// checkForm is a form of what came of budgets.
type checkForm struct {
	name  string
	write func(io.Writer, []ci.Check) error // nil of the text, which commands write themselves
	lines bool                              // each line of it stands alone, so that it may go between those of a program
	file  string                            // a template of the file that it goes to: see record.ExpandName; "": where the text would go
}

// textForm is the form for people, and the default.
const textForm = "text"

func allCheckForms() []checkForm {
	return []checkForm{
		{name: textForm, lines: true},
		{name: "github", write: ci.GitHub, lines: true},
		{name: "junit", write: ci.JUnit},
		{name: "json", write: ci.JSON},
		{name: "markdown", write: ci.Markdown},
	}
}

func checkFormNames() []string {
	var all []string
	for _, f := range allCheckForms() {
		all = append(all, f.name)
	}
	return all
}

// checkForms are the forms in which what came of budgets is written.
type checkForms struct {
	asked []string // as the flags say it
	all   []checkForm
}

// addTo adds the flag to the command.
func (f *checkForms) addTo(c *cobra.Command) {
	c.Flags().StringArrayVar(&f.asked, "format", nil,
		"say it as `FORMAT`, or with FORMAT=FILE write that to a file besides: "+strings.Join(checkFormNames(), ", ")+"; may be repeated")
	console.CompleteFlag(c, "format", checkFormNames())
}

// parse sets all. If a program's own output is in between, only forms whose lines stand alone may go
// there.
func (f *checkForms) parse(between bool) error {
	shown := false
	for _, asked := range f.asked {
		name, file, toFile := strings.Cut(asked, "=")
		i, err := names.Find("format", name, checkFormNames())
		if err != nil {
			return err
		}
		form := allCheckForms()[i]
		switch {
		case toFile && form.write == nil:
			return fmt.Errorf("--format %s: the text is what is printed: leave out the file, or redirect it", asked)
		case toFile && (file == "" || file == "-"):
			return fmt.Errorf("--format %s: the name of a file must follow the =", asked)
		case !toFile && between && !form.lines:
			return fmt.Errorf("--format %s would stand amid the program's own output: name a file, as --format %s=FILE", name, name)
		}
		form.file = file
		shown = shown || !toFile
		f.all = append(f.all, form)
	}
	if !shown {
		f.all = append(f.all, allCheckForms()[0])
	}
	return nil
}

// hasText reports whether the text is asked for.
func (f *checkForms) hasText() bool { return f.has(func(x *checkForm) bool { return x.write == nil }) }

// wantsAll reports whether a form is asked for that says more than the text does: the findings, and sites
// one by one.
func (f *checkForms) wantsAll() bool { return f.has(func(x *checkForm) bool { return x.write != nil }) }

func (f *checkForms) has(is func(*checkForm) bool) bool {
	for i := range f.all {
		if is(&f.all[i]) {
			return true
		}
	}
	return false
}

// checkFiles returns an error if it shows already that a file could not be written: it is better to say so before
// a program runs than after.
func (f *checkForms) checkFiles(by record.Naming) error {
	for i := range f.all {
		if file := f.all[i].file; file != "" {
			if err := wholefile.Check(record.ExpandName(file, by)); err != nil {
				return fmt.Errorf("%w; choose another place for --format %s", err, f.all[i].name)
			}
		}
	}
	return nil
}

// writeTo writes the checks in all forms but the text: to w, which is called name, or to the files, whose names
// are made by what the checks are of. Errors name the file and carry console.ExitFailure.
func (f *checkForms) writeTo(w io.Writer, name string, by record.Naming, checks []ci.Check) error {
	for i := range f.all {
		form := &f.all[i]
		write := func(w io.Writer) error { return form.write(w, checks) }
		switch {
		case form.write == nil:
		case form.file != "":
			if err := console.WriteOutput(nil, record.ExpandName(form.file, by), write); err != nil {
				return err
			}
		default:
			if err := console.WriteStream(w, name, write); err != nil {
				return err
			}
		}
	}
	return nil
}
