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

// Facts writes facts, their labels in a column of their own.
func Facts(w io.Writer, facts []Fact, color bool) error {
	p := palette{on: color}
	width := 0
	for _, f := range facts {
		width = max(width, names.Width(f.Label))
	}
	for _, f := range facts {
		label := f.Label + strings.Repeat(" ", width-names.Width(f.Label))
		style := p.dim
		if f.Warning {
			style = p.warn
		}
		if _, err := fmt.Fprintf(w, "%s  %s\n", style(label), f.Text); err != nil {
			return err
		}
	}
	return nil
}
