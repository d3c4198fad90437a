package console

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// Help is wrapped at the terminal's width. In a pipe it is as wide as a page; no wider than a
// line that can be read; and no narrower than flags with their meanings beside them can be.
const (
	pageWidth      = 80
	widestHelp     = 100
	narrowestHelp  = 40
	narrowestAside = 24 // what stands beside a command is narrower only below it
)

// HelpWidth returns how many columns help may have.
func (s *Streams) HelpWidth() int {
	if s.Width == 0 {
		return pageWidth
	}
	return min(max(s.Width, narrowestHelp), widestHelp)
}

// WriteHelp writes what --help prints of a command, in lines of so many columns.
func WriteHelp(w io.Writer, c *cobra.Command, width int) {
	if about := c.Long; about != "" {
		fmt.Fprintf(w, "%s\n\n", wrapText(about, width))
	} else {
		fmt.Fprintf(w, "%s\n\n", wrapText(c.Short, width))
	}
	fmt.Fprintf(w, "Usage:\n")
	if c.Runnable() {
		fmt.Fprintf(w, "  %s\n", c.UseLine())
	}
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(w, "  %s [command]\n", c.CommandPath())
	}
	if c.HasExample() {
		fmt.Fprintf(w, "\nExamples:\n%s\n", wrapText(c.Example, width))
	}
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(w, "\nAvailable Commands:\n")
		for _, below := range c.Commands() {
			if below.IsAvailableCommand() || below.Name() == "help" {
				fmt.Fprintln(w, item(fmt.Sprintf("  %-*s ", below.NamePadding(), below.Name()), below.Short, width))
			}
		}
	}
	if flags := c.LocalFlags(); flags.HasAvailableFlags() {
		fmt.Fprintf(w, "\nFlags:\n%s", flags.FlagUsagesWrapped(width))
	}
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(w, "\n%s\n", wrapText(fmt.Sprintf("Use \"%s [command] --help\" for more information about a command.", c.CommandPath()), width))
	}
}

// wrapText returns paragraphs, which empty lines separate, in lines of so many columns. Lines
// that are indented, such as examples, stay as they are, but for what stands beside a thing to
// explain it: that is wrapped within its own column.
func wrapText(text string, width int) string {
	var out []string
	var paragraph, thing, aside string
	end := func() {
		switch {
		case paragraph != "":
			out = append(out, fill("", paragraph, "", width))
		case thing != "":
			out = append(out, item(thing, aside, width))
		}
		paragraph, thing, aside = "", "", ""
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, " \n")
		words := strings.TrimLeft(line, " ")
		switch indent := len(line) - len(words); {
		case line == "":
			end()
			out = append(out, "")
		case indent == 0 && thing == "":
			paragraph += " " + words
		case indent == 0:
			end()
			paragraph = words
		case aside != "" && indent >= utf8.RuneCountInString(thing):
			aside += " " + words // goes on
		default:
			end()
			thing = line
			if at := strings.LastIndex(words, "  "); at >= 0 {
				thing, aside = line[:indent+at+2], words[at+2:]
			}
		}
	}
	end()
	return strings.Join(out, "\n")
}

// item returns a thing with what explains it beside it, or below it where there is no room.
func item(thing, aside string, width int) string {
	column := utf8.RuneCountInString(thing)
	if aside == "" {
		return strings.TrimRight(thing, " ")
	}
	if width-column < narrowestAside {
		const below = "      "
		return strings.TrimRight(thing, " ") + "\n" + fill(below, aside, below, width)
	}
	return fill(thing, aside, strings.Repeat(" ", column), width)
}

// fill returns words in lines of so many columns, of which the first begins with first and all
// others with rest.
func fill(first, words, rest string, width int) string {
	var b strings.Builder
	b.WriteString(first)
	column := utf8.RuneCountInString(first)
	begins := true
	for _, word := range strings.Fields(words) {
		n := utf8.RuneCountInString(word)
		switch {
		case begins:
		case column+1+n > width:
			b.WriteString("\n" + rest)
			column = utf8.RuneCountInString(rest)
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column, begins = column+n, false
	}
	return b.String()
}
