package ci

import (
	"fmt"
	"io"
	"strings"

	"heapprof/internal/report/text"
)

// Markdown writes the verdict, a table of all limits, what is said of those that are not kept, and the findings: as a
// comment on a pull request or the summary of a job. Names stand as code, so that no @ or # in them calls for
// anybody, or links to an issue.
func Markdown(w io.Writer, checks []Check) error {
	var b strings.Builder
	fmt.Fprintf(&b, "**%s**\n", verdict(checks))
	table(&b, checks)
	for i := range checks {
		about(&b, &checks[i], len(checks) > 1)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// verdict returns the first line.
func verdict(checks []Check) string {
	count := map[Outcome]int{}
	limits := 0
	for i := range checks {
		limits += len(checks[i].Limits)
		for j := range checks[i].Limits {
			count[checks[i].Limits[j].Outcome]++
		}
		if checks[i].Outcome == Broken {
			count[Broken]++
		}
	}
	var parts []string
	for _, part := range []struct {
		outcome Outcome
		words   string
	}{{Broken, "%d of %d programs failed"}, {Exceeded, "%d of %d limits exceeded"}, {Unknown, "%d of %d limits not judged"}, {Doubtful, "%d of %d limits perhaps exceeded"}} {
		of := limits
		if part.outcome == Broken {
			of = len(checks)
		}
		if n := count[part.outcome]; n > 0 {
			parts = append(parts, fmt.Sprintf(part.words, n, of))
		}
	}
	switch {
	case len(parts) > 0:
		return "Heap budget: " + strings.Join(parts, ", ")
	case limits == 0:
		return "Heap budget: no limits"
	case count[Skipped] > 0:
		return fmt.Sprintf("Heap budget: %d limits kept, %d skipped", count[Kept], count[Skipped])
	case limits == 1:
		return "Heap budget: the limit is kept"
	}
	return fmt.Sprintf("Heap budget: all %d limits kept", limits)
}

// table writes the limits of all checks. Columns in which nothing would be are left out.
func table(b *strings.Builder, checks []Check) {
	several, before := len(checks) > 1, false
	limits := 0
	for i := range checks {
		limits += len(checks[i].Limits)
		for j := range checks[i].Limits {
			before = before || checks[i].Limits[j].BeforeText != ""
		}
	}
	if limits == 0 {
		return
	}
	b.WriteString("\n|")
	column := func(shown bool, cell string) {
		if shown {
			b.WriteString(" " + cell + " |")
		}
	}
	column(several, "program")
	column(true, "limit")
	column(before, "before")
	column(true, "value")
	column(true, "allowed")
	column(true, "")
	b.WriteString("\n|")
	column(several, ":---")
	column(true, ":---")
	column(before, "---:")
	column(true, "---:")
	column(true, "---:")
	column(true, ":---")
	b.WriteString("\n")
	for i := range checks {
		for j := range checks[i].Limits {
			l := &checks[i].Limits[j]
			subject := text.MarkdownCell(l.Subject)
			if l.Budget != "" {
				subject = text.MarkdownCell(l.Budget) + " " + subject
			}
			outcome := string(l.Outcome)
			if l.Outcome.IsFailure() || l.Outcome == Doubtful {
				outcome = "**" + outcome + "**"
			}
			b.WriteString("|")
			column(several, text.MarkdownCell(fullName(&checks[i])))
			column(true, subject)
			column(before, l.BeforeText)
			column(true, l.ValueText)
			column(true, l.MostText)
			column(true, outcome)
			b.WriteString("\n")
		}
	}
}

// about writes what is said of a check besides its numbers.
func about(b *strings.Builder, c *Check, several bool) {
	var lines []string
	if c.Outcome == Broken {
		lines = append(lines, c.Failure)
	}
	for i := range c.Limits {
		if l := &c.Limits[i]; l.Outcome.IsFailure() || l.Outcome == Doubtful {
			lines = append(lines, l.Text)
		}
	}
	list := func(title string, lines []string) {
		if len(lines) == 0 {
			return
		}
		if several {
			title += " " + text.MarkdownCode(fullName(c))
		}
		if title = strings.TrimSpace(title); title != "" {
			fmt.Fprintf(b, "\n%s\n", title)
		}
		b.WriteString("\n")
		for _, line := range lines {
			fmt.Fprintf(b, "- %s\n", text.MarkdownCode(line))
		}
	}
	list("", lines)
	list("Findings", c.Findings)
}

func fullName(c *Check) string {
	if c.Group == "" {
		return c.Name
	}
	return c.Group + " " + c.Name
}
