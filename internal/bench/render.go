package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// Render writes the tables with their legend, less than 160 columns wide.
func (t *table) Render(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n", t.Machine, t.manner())
	for _, g := range t.grids() {
		b.WriteString("\n")
		if err := g.text(&b); err != nil {
			return err
		}
	}
	b.WriteString("\n")
	for _, line := range t.legend() {
		fmt.Fprintln(&b, line)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// text writes a grid in columns.
func (g *grid) text(w io.Writer) error {
	name := 0
	for _, line := range g.lines {
		name = max(name, len(line[0]))
	}
	var b strings.Builder
	tw := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	line := func(cells []string) {
		// The names stand to the left in a table that aligns to the right.
		fmt.Fprintf(tw, "%-*s\t%s\t\n", name, cells[0], strings.Join(cells[1:], "\t"))
	}
	var heads, units []string
	for _, h := range g.heads {
		heads, units = append(heads, h.head), append(units, h.unit)
	}
	if slices.ContainsFunc(heads, func(h string) bool { return h != "" }) {
		line(heads)
	}
	line(units)
	for _, l := range g.lines {
		line(l)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	// The alignment leaves two spaces before each name.
	for line := range strings.Lines(b.String()) {
		line = strings.TrimRight(strings.TrimPrefix(line, "  "), " \n") + "\n"
		if _, err := io.WriteString(w, line); err != nil {
			return err
		}
	}
	return nil
}

// Markdown writes the tables as docs/BENCHMARKS.md has them.
func (t *table) Markdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s; %s.\n", t.Machine, t.manner())
	for _, g := range t.grids() {
		fmt.Fprintf(&b, "\n**%s**\n\n", g.title)
		g.markdown(&b)
	}
	if len(t.Notes) > 0 {
		b.WriteString("\n")
	}
	for _, n := range t.Notes {
		fmt.Fprintf(&b, "- %s\n", n)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// markdown writes a grid as a table of Markdown's, whose headings have one line.
func (g *grid) markdown(b *strings.Builder) {
	var heads, rules []string
	head := ""
	for i, h := range g.heads {
		if h.head != "" {
			head = h.head
		}
		rule := "---:"
		if i == 0 {
			rule = "---"
		}
		heads, rules = append(heads, strings.TrimSpace(head+" "+h.unit)), append(rules, rule)
	}
	for _, cells := range append([][]string{heads, rules}, g.lines...) {
		fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
	}
}
