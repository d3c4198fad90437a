package ci

import (
	"fmt"
	"io"
	"strings"
)

// GitHub writes a workflow command for each limit that is not kept, by which GitHub shows it at the
// line of source that has most of it, in the pull request. Source:
// https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
func GitHub(w io.Writer, checks []Check) error {
	var b strings.Builder
	for i := range checks {
		c := &checks[i]
		if c.Outcome == Broken {
			command(&b, "error", Site{}, c.Name, c.Failure)
		}
		for j := range c.Limits {
			l := &c.Limits[j]
			switch {
			case l.Outcome.IsFailure():
				command(&b, "error", l.place(), c.Name+": "+l.Title, l.Text)
			case l.Outcome == Doubtful:
				command(&b, "warning", l.place(), c.Name+": "+l.Title, l.Text)
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// command writes one command, at a place if that is in the repository.
func command(b *strings.Builder, name string, at Site, title, text string) {
	fmt.Fprintf(b, "::%s ", name)
	if at.Path != "" {
		fmt.Fprintf(b, "file=%s,line=%d,", property(at.Path), at.Line)
	}
	fmt.Fprintf(b, "title=%s::%s\n", property(title), data(text))
}

// data returns a text as it stands behind a command.
func data(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

// property returns a text as it stands within a command, where two more characters would end it.
func property(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(data(s))
}
