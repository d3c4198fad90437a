package opening

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"heapprof/cmd/wording"
	"heapprof/internal/profile"
	"heapprof/internal/report/names"
	"heapprof/internal/report/source"
	"heapprof/internal/report/text"
	"heapprof/internal/report/view"
)

// SourceFlags are the flags on where source files are.
type SourceFlags struct{ Paths []string }

// Add defines the flags on a command.
func (f *SourceFlags) Add(c *cobra.Command) {
	c.Flags().StringArrayVar(&f.Paths, "source-path", nil, "look for source files below `DIR`, too, or with FROM=TO for what was below FROM below TO; may be repeated")
}

// Of returns the source files of a profile.
func (f *SourceFlags) Of(p *profile.Profile) *source.Files {
	var o source.Options
	for _, path := range f.Paths {
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

// AddSource adds the source text of lines to a report, of files that have not changed since the
// profile was recorded. It returns which have, as facts.
func AddSource(r *view.Report, files *source.Files) []text.Fact {
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
	return []text.Fact{wording.NoteFact(fmt.Sprintf("the source text of %s is left out, as changed since the recording", names.Printable(wording.SomeOf(newer))))}
}
