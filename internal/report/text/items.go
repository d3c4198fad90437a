package text

import (
	"fmt"
	"io"
	"strings"

	"heapprof/internal/report/names"
)

// Item is something that is said under a number, with what belongs to it below.
type Item struct {
	Number int
	Text   string
	Parts  []Part
}

// Part is what belongs to an item: paragraphs under a label, or lines that are kept as they are.
type Part struct {
	Label string
	Lines []string
	Keep  bool // the lines are not broken, but cut where they are too long
}

// Items writes the options' items, under their title if they have one, with an empty line between
// those that have parts. No line is wider than Options.Width, or FreeWidth where that is 0, but
// for words that are.
func Items(w io.Writer, o Options) error {
	items := o.Items
	if len(items) == 0 {
		return nil
	}
	width := o.Width
	if width <= 0 {
		width = FreeWidth
	}
	p := palette{on: o.Color}
	numbers, labels := 0, 0
	for _, item := range items {
		numbers = max(numbers, len(fmt.Sprint(item.Number)))
		for _, part := range item.Parts {
			labels = max(labels, names.Width(part.Label))
		}
	}
	var b strings.Builder
	if o.Title != "" {
		b.WriteString("\n" + p.bold(o.Title) + "\n")
	}
	for i, item := range items {
		if i > 0 && len(item.Parts) > 0 {
			b.WriteString("\n")
		}
		head := fmt.Sprintf("  %*d  ", numbers, item.Number)
		margin := strings.Repeat(" ", len(head))
		for j, line := range Wrap(item.Text, width-len(head)) {
			if len(item.Parts) > 0 {
				line = p.bold(line)
			}
			b.WriteString(head + line + "\n")
			if j == 0 {
				head = margin
			}
		}
		for _, part := range item.Parts {
			label := p.dim(part.Label) + strings.Repeat(" ", labels-names.Width(part.Label)+gap)
			for _, line := range part.Lines {
				room := width - len(margin) - labels - gap
				broken := []string{names.CutEnd(line, max(room, leastName))}
				if !part.Keep {
					broken = Wrap(line, room)
				}
				for _, line := range broken {
					b.WriteString(strings.TrimRight(margin+label+line, " ") + "\n")
					label = strings.Repeat(" ", labels+gap)
				}
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Wrap breaks a text into lines of at most width columns, between words. A word that is wider
// has a line of its own.
func Wrap(text string, width int) []string {
	var lines []string
	line, space := "", ""
	for word := range strings.SplitSeq(text, " ") {
		switch {
		case word == "" && line != "":
			space += " " // two spaces stand between a function and its place
			continue
		case line == "":
			line = word
		case names.Width(line+space+word) > width:
			lines = append(lines, line)
			line = word
		default:
			line += space + word
		}
		space = " "
	}
	return append(lines, line)
}
