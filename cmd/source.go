package cmd

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"heapprof/internal/profile"
	"heapprof/internal/report/names"
	"heapprof/internal/report/source"
	"heapprof/internal/report/text"
	"heapprof/internal/report/view"
)

// sourceFlags are the flags on where source files are.
type sourceFlags struct{ paths []string }

// add defines the flags on a command.
func (f *sourceFlags) add(c *cobra.Command) {
	c.Flags().StringArrayVar(&f.paths, "source-path", nil, "look for source files below `DIR`, too, or with FROM=TO for what was below FROM below TO; may be repeated")
}

// of returns the source files of a profile.
func (f *sourceFlags) of(p *profile.Profile) *source.Files {
	var o source.Options
	for _, path := range f.paths {
		if from, to, ok := strings.Cut(path, "="); ok {
			o.Moved = append(o.Moved, source.Move{From: from, To: to})
		} else {
			o.Dirs = append(o.Dirs, path)
		}
	}
	if p.Recording != nil {
		o.Recorded = p.Recording.Start
	}
	return source.New(o)
}

// addSource adds the source text of lines to a report, of files that have not changed since the
// profile was recorded. It returns which have, as facts.
func addSource(r *view.Report, files *source.Files) []text.Fact {
	var newer []string
	r.AddSource(func(file string, line int) string {
		f := files.Of(file)
		if !f.Newer {
			return strings.TrimSpace(f.Line(line))
		}
		if !slices.Contains(newer, f.Path) {
			newer = append(newer, f.Path)
		}
		return ""
	})
	if len(newer) == 0 {
		return nil
	}
	return []text.Fact{noteFact(fmt.Sprintf("the source text of %s is left out, as changed since the recording", names.Printable(someOf(newer))))}
}
