package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// commands returns c and all commands below it, without those that help hides.
func commands(c *cobra.Command) []*cobra.Command {
	list := []*cobra.Command{c}
	for _, below := range shown(c) {
		list = append(list, commands(below)...)
	}
	return list
}

// shown returns the commands directly below c, without those that help hides.
func shown(c *cobra.Command) []*cobra.Command {
	return slices.DeleteFunc(slices.Clone(c.Commands()), func(below *cobra.Command) bool { return below.Hidden })
}

// name returns the page's name, such as heapprof-run.
func name(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

// writePage writes a command's page in the language of man(7). It has no date, so
// that the same heapprof gives the same bytes.
func writePage(w io.Writer, c *cobra.Command) {
	fmt.Fprintf(w, ".TH %s 1 \"\" heapprof \"heapprof's manual\"\n", strings.ToUpper(escape(name(c))))
	fmt.Fprintf(w, ".SH NAME\n%s \\- %s\n", escape(name(c)), escape(c.Short))
	fmt.Fprintf(w, ".SH SYNOPSIS\n")
	if c.Runnable() {
		fmt.Fprintf(w, ".B %s\n", escape(c.CommandPath()))
		_, arguments, _ := strings.Cut(strings.TrimPrefix(c.UseLine(), c.CommandPath()), " ")
		fmt.Fprintf(w, "%s\n", line(arguments))
	}
	if c.HasSubCommands() {
		fmt.Fprintf(w, ".B %s\n\\fICOMMAND\\fR [\\fIARG\\fR…]\n", escape(c.CommandPath()))
	}
	fmt.Fprintf(w, ".SH DESCRIPTION\n")
	writeText(w, c.Long)
	if c.HasSubCommands() {
		fmt.Fprintf(w, ".SH COMMANDS\n")
		for _, below := range shown(c) {
			fmt.Fprintf(w, ".TP\n\\fB%s\\fR(1)\n%s\n", escape(name(below)), line(below.Short))
		}
	}
	writeOptions(w, c)
	if c.Example != "" {
		fmt.Fprintf(w, ".SH EXAMPLES\n")
		writeText(w, c.Example)
	}
	if c.HasParent() {
		fmt.Fprintf(w, ".SH SEE ALSO\n\\fB%s\\fR(1)\n", escape(name(c.Parent())))
	}
}

// writeText writes text as paragraphs, which empty lines separate. Indented lines stay as
// they are.
func writeText(w io.Writer, text string) {
	literal := false
	for text := range strings.Lines(strings.TrimRight(text, "\n") + "\n") {
		text = strings.TrimRight(text, "\n")
		if indented := strings.HasPrefix(text, "  ") || strings.HasPrefix(text, "\t"); indented != literal {
			literal = indented
			if literal {
				fmt.Fprint(w, ".PP\n.nf\n")
			} else {
				fmt.Fprint(w, ".fi\n")
			}
		}
		if text == "" {
			fmt.Fprint(w, ".PP\n")
			continue
		}
		fmt.Fprintln(w, line(text))
	}
	if literal {
		fmt.Fprint(w, ".fi\n")
	}
}

// writeOptions writes the section on the flags of a command.
func writeOptions(w io.Writer, c *cobra.Command) {
	c.InitDefaultHelpFlag()
	c.InitDefaultVersionFlag()
	fmt.Fprint(w, ".SH OPTIONS\n")
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		value, usage := pflag.UnquoteUsage(f)
		fmt.Fprint(w, ".TP\n")
		if f.Shorthand != "" {
			fmt.Fprintf(w, "\\fB\\-%s\\fR, ", f.Shorthand)
		}
		fmt.Fprintf(w, "\\fB\\-\\-%s\\fR", escape(f.Name))
		switch {
		case value == "":
		case f.NoOptDefVal != "": // the value may be left out
			fmt.Fprintf(w, "[=\\fI%s\\fR]", escape(value))
		default:
			fmt.Fprintf(w, " \\fI%s\\fR", escape(value))
		}
		fmt.Fprintf(w, "\n%s\n", line(usage+defaultOf(f)))
	})
}

// defaultOf returns a flag's default as --help shows it: "" if it is empty, zero or false.
func defaultOf(f *pflag.Flag) string {
	switch f.DefValue {
	case "", "0", "false", "[]":
		return ""
	}
	return fmt.Sprintf(" (default %s)", f.DefValue)
}

// line returns text as escape does, also safe at the beginning of a line, where a dot or an
// apostrophe would make it a request.
func line(text string) string {
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		return `\&` + escape(text)
	}
	return escape(text)
}

// escape returns text with escapes for what has a meaning in the language of man(7):
// backslashes; hyphens, which must be minus signs to be copied; and quotation marks and
// accents, which would become others.
func escape(text string) string {
	return strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`).Replace(text)
}
