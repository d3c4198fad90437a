package report

import (
	"bufio"
	"io"
	"strconv"
	"strings"

	"heapprof/internal/dhat"
)

// WriteFolded writes p as folded stacks, the input of flamegraph.pl, inferno and
// speedscope: a line for each stack, its functions outermost first and joined by
// semicolons, a space, and the metric's value in its unit (bytes or blocks). Stacks
// of the same functions are one line; stacks whose value is 0 have none. Lines
// are sorted by their functions.
//
// The form is the one that Brendan Gregg's stackcollapse programs write.
func WriteFolded(w io.Writer, p *dhat.Profile, o FlameOptions) error {
	metric, _, err := flameMetric(p, o)
	if err != nil {
		return err
	}
	labels := newFlameLabels(NewFrameTable(p), func(f *Frame) flameLabel {
		return flameLabel{Name: foldedName(f.Name())}
	})
	tree := newFlameTree(p, metric, labels)
	tree.sort(labels.byName)

	bw := bufio.NewWriter(w)
	var stack []byte
	var walk func(n int32)
	walk = func(n int32) {
		node, before := &tree.nodes[n], len(stack)
		if node.label >= 0 {
			if before > 0 {
				stack = append(stack, ';')
			}
			stack = append(stack, labels.labels[node.label].Name...)
		}
		if node.self > 0 {
			bw.Write(stack)
			bw.WriteByte(' ')
			bw.Write(strconv.AppendUint(bw.AvailableBuffer(), node.self, 10))
			bw.WriteByte('\n')
		}
		for _, c := range node.children {
			walk(c)
		}
		stack = stack[:before]
	}
	walk(0)
	return bw.Flush()
}

// foldedName replaces what has a meaning in a folded line. The last space of a
// line ends the stack, so spaces may stay.
func foldedName(name string) string { return foldedReplacer.Replace(name) }

var foldedReplacer = strings.NewReplacer(";", ":", "\n", " ", "\r", " ")
