package text

import (
	"fmt"
	"io"
	"strings"

	"heapprof/internal/report/names"
)

// Fact is a line about a profile: a label and what it says.
type Fact struct {
	Label, Text string
	Warning     bool // it is shown in a colour that warns
}

// Facts writes facts, their labels in a column of their own. Texts that are longer than a line of
// width columns are broken between words; 0: no limit.
func Facts(w io.Writer, facts []Fact, width int, color bool) error {
	p := palette{on: color}
	labels := 0
	for _, f := range facts {
		labels = max(labels, names.Width(f.Label))
	}
	margin := strings.Repeat(" ", labels+gap)
	for _, f := range facts {
		label := f.Label + strings.Repeat(" ", labels-names.Width(f.Label))
		style := p.dim
		if f.Warning {
			style = p.warn
		}
		lines := []string{f.Text}
		if width > 0 && names.Width(f.Text) > width-len(margin) {
			lines = Wrap(f.Text, max(width-len(margin), leastNames))
		}
		if _, err := fmt.Fprintf(w, "%s  %s\n", style(label), strings.Join(lines, "\n"+margin)); err != nil {
			return err
		}
	}
	return nil
}
