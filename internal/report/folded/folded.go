// Package folded writes flame graphs as folded stacks. It imports flame, frames and view.
package folded

import (
	"bufio"
	"io"
	"strconv"
	"strings"

	"heapprof/internal/report/flame"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/view"
)

// Write writes a profile as folded stacks, the input of flamegraph.pl, inferno and
// speedscope: a line for each stack, its functions outermost first and joined by
// semicolons, a space, and the metric's value in its unit (bytes or blocks). Stacks
// of the same functions are one line (functions of one name are told apart by
// their files or modules in brackets); stacks whose value is 0 have none. Lines
// are sorted by their functions.
//
// The form is the one that Brendan Gregg's stackcollapse programs write.
func Write(w io.Writer, s *view.Source, o flame.Options) error {
	metric, _, err := flame.Metric(s.Profile, o)
	if err != nil {
		return err
	}
	graph := flame.NewGraph(s, o, []view.Metric{metric}, func(f *frames.Frame, apart string) flame.Label {
		return flame.Label{Name: flame.Label{Apart: apart}.Text(f.Name())}
	})
	bw := bufio.NewWriter(w)
	for stack := range graph.Stacks(metric) {
		for i, label := range stack.Labels {
			if i > 0 {
				bw.WriteByte(';')
			}
			bw.WriteString(escape(graph.Labels[label].Name))
		}
		bw.WriteByte(' ')
		bw.Write(strconv.AppendUint(bw.AvailableBuffer(), stack.Value, 10))
		bw.WriteByte('\n')
	}
	return bw.Flush()
}

// escape replaces what has a meaning in a folded line. The last space of a
// line ends the stack, so spaces may stay.
func escape(name string) string { return replacer.Replace(name) }

var replacer = strings.NewReplacer(";", ":")
