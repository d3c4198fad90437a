package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"heapprof/internal/report/human"
)

// table is what the bench prints.
type table struct {
	Machine   *host
	Runs      int
	Short     bool // the short inputs stood in for the full ones
	CPU       bool // processor time was compared
	Before    bool // whether another build of heapprof was measured
	Heaptrack bool // whether heaptrack was measured
	DHAT      bool // whether DHAT was measured
	Rows      []row
	Notes     []string
}

// row is one program's measurements. A sample is empty where it was not measured.
type row struct {
	Name                       string
	Blocks                     uint64 // that the program allocates
	Native, Heapprof           sample
	Before                     sample // another build of heapprof
	Heaptrack                  sample
	ShortNative, ShortHeapprof sample // beside DHAT
	DHAT                       sample

	RecorderCPU               sample
	Tail                      sample // from the program's end to heapprof's
	ProgramPeak, ProfiledPeak uint64 // bytes
	RecorderPeak              uint64
}

// column is a heading in two lines and what stands in a row below it.
type column struct {
	head, unit string
	cell       func(*row) string
}

func (t *table) columns() []column {
	columns := []column{
		{"blocks", "million", func(r *row) string { return fmt.Sprintf("%.2f", float64(r.Blocks)/1e6) }},
		{"native", "s", func(r *row) string { return seconds(r.Native) }},
		{"heapprof", "s", func(r *row) string { return seconds(r.Heapprof) }},
		{"", "/native", func(r *row) string { return quotient(r.Heapprof.median(), r.Native.median()) }},
		{"", "added s", func(r *row) string { return difference(r.Heapprof, r.Native) }},
	}
	if t.Before {
		columns = append(columns,
			column{"before", "s", func(r *row) string { return seconds(r.Before) }},
			column{"heapprof", "/before", func(r *row) string { return quotient(r.Heapprof.median(), r.Before.median()) }})
	}
	if t.Heaptrack {
		columns = append(columns,
			column{"heaptrack", "s", func(r *row) string { return seconds(r.Heaptrack) }},
			column{"", "added s", func(r *row) string { return difference(r.Heaptrack, r.Native) }},
			column{"", "/ours", func(r *row) string { return addedRatio(r.Heaptrack, r.Native, r.Heapprof, r.Native) }})
	}
	if t.DHAT {
		columns = append(columns,
			column{"short:", "dhat s", func(r *row) string { return seconds(r.DHAT) }},
			column{"added", "/ours", func(r *row) string { return addedRatio(r.DHAT, r.ShortNative, r.ShortHeapprof, r.ShortNative) }})
	}
	return append(columns,
		column{"recorder", "CPU s", func(r *row) string { return seconds(r.RecorderCPU) }},
		column{"end to", "file ms", func(r *row) string { return milliseconds(r.Tail) }},
		column{"peak MiB", "recorder", func(r *row) string { return mebibytes(r.RecorderPeak) }},
		column{"program", "profiled", func(r *row) string { return mebibytes(r.ProfiledPeak) }},
		column{"", "native", func(r *row) string { return mebibytes(r.ProgramPeak) }})
}

// Render writes the table with its legend, less than 160 columns wide.
func (t *table) Render(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", t.Machine)
	fmt.Fprintf(&b, "medians of %s, the tools by turns%s\n\n", human.Counted(uint64(t.Runs), "run"), t.manner())

	name := len("program")
	for _, r := range t.Rows {
		name = max(name, len(r.Name))
	}
	columns := t.columns()
	tw := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	line := func(first string, cell func(column) string) {
		// The names stand to the left in a table that aligns to the right.
		fmt.Fprintf(tw, "%-*s\t", name, first)
		for _, c := range columns {
			fmt.Fprintf(tw, "%s\t", cell(c))
		}
		fmt.Fprintln(tw)
	}
	line("", func(c column) string { return c.head })
	line("program", func(c column) string { return c.unit })
	for i := range t.Rows {
		line(t.Rows[i].Name, func(c column) string { return c.cell(&t.Rows[i]) })
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	b.WriteString(t.legend())
	// The alignment leaves two spaces before each name.
	for line := range strings.Lines(b.String()) {
		line = strings.TrimRight(strings.TrimPrefix(line, "  "), " \n") + "\n"
		if _, err := io.WriteString(w, line); err != nil {
			return err
		}
	}
	return nil
}

// manner returns what was compared, and how often, for the head of the table.
func (t *table) manner() string {
	s := "; wall time"
	if t.CPU {
		s = "; processor time (user and system) of tool and program together"
	}
	if t.Short {
		s += "; short inputs only"
	}
	return s
}

func (t *table) legend() string {
	lines := []string{
		"",
		"added: profiled less native; /ours: how many times heapprof's added time; -: not above zero, or not known",
		"~: the middle half of the runs spans more than a tenth of the median",
		"heapprof's time includes writing the finished, symbolized profile",
	}
	if t.Before {
		lines = append(lines, "before: another build of heapprof; /before: the time under this one by the time under that one")
	}
	if t.Heaptrack {
		lines = append(lines, "heaptrack's time includes its interpreter, which runs beside the program; it only records")
	}
	if t.DHAT {
		lines = append(lines, "short: valgrind's DHAT, its stacks 12 frames deep by default, on an input of its own; /ours compares on the same input")
	}
	lines = append(lines,
		"recorder CPU: user and system time of the heapprof process alone; end to file: wall time from the program's end to heapprof's",
		"peak: most resident memory; the shared rings count in both processes")
	for _, n := range t.Notes {
		lines = append(lines, "note: "+n)
	}
	return strings.Join(lines, "\n") + "\n"
}

func inSeconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }

func seconds(s sample) string {
	if len(s) == 0 {
		return "-"
	}
	return mark(s) + inSeconds(s.median())
}

func milliseconds(s sample) string {
	if len(s) == 0 {
		return "-"
	}
	return fmt.Sprintf("%.0f", s.median().Seconds()*1000)
}

// mark returns what stands before the median of a sample: "~" if the sample is unsteady. A
// difference as small as a scheduler's tick or two is no reason for that.
func mark(s sample) string {
	if s.median() >= 50*time.Millisecond && s.unsteady() {
		return "~"
	}
	return ""
}

func difference(a, b sample) string {
	if len(a) == 0 || len(b) == 0 {
		return "-"
	}
	return inSeconds(a.median() - b.median())
}

func quotient(a, b time.Duration) string {
	x, ok := ratio(a, b)
	if !ok {
		return "-"
	}
	return fmt.Sprintf("%.2f", x)
}

// addedRatio returns by how much more another tool slows a program down than heapprof does:
// (theirs − theirBase) / (ours − ourBase), by the medians; "-" where a sample is empty.
func addedRatio(theirs, theirBase, ours, ourBase sample) string {
	if len(theirs) == 0 || len(ours) == 0 {
		return "-"
	}
	x, ok := ratio(theirs.median()-theirBase.median(), ours.median()-ourBase.median())
	if !ok {
		return "-"
	}
	return fmt.Sprintf("%.1f", x)
}

func mebibytes(n uint64) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f", float64(n)/(1<<20))
}
