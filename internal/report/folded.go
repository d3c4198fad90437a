package report

import (
	"bufio"
	"io"
	"strconv"
	"strings"

	"heapprof/internal/profile"
)

// WriteFolded writes p as folded stacks, the input of flamegraph.pl, inferno and
// speedscope: a line for each stack, its functions outermost first and joined by
// semicolons, a space, and the metric's value in its unit (bytes or blocks). Stacks
// of the same functions are one line (functions of one name are told apart by
// their files or modules in brackets); stacks whose value is 0 have none. Lines
// are sorted by their functions.
//
// The form is the one that Brendan Gregg's stackcollapse programs write.
func WriteFolded(w io.Writer, p *profile.Profile, o FlameOptions) error {
	metric, _, err := flameMetric(p, o)
	if err != nil {
		return err
	}
	labels := newFlameLabels(NewFrameTable(p), func(f *Frame, apart string) flameLabel {
		return flameLabel{Name: foldedName(flameLabel{Apart: apart}.text(f.Name()))}
	})
	bw := bufio.NewWriter(w)
	for _, s := range flameStacks(p, metric, labels) {
		for i, label := range s.labels {
			if i > 0 {
				bw.WriteByte(';')
			}
			bw.WriteString(labels.labels[label].Name)
		}
		bw.WriteByte(' ')
		bw.Write(strconv.AppendUint(bw.AvailableBuffer(), s.value, 10))
		bw.WriteByte('\n')
	}
	return bw.Flush()
}

// foldedName replaces what has a meaning in a folded line. The last space of a
// line ends the stack, so spaces may stay.
func foldedName(name string) string { return foldedReplacer.Replace(name) }

var foldedReplacer = strings.NewReplacer(";", ":")
