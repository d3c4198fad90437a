package main

import (
	"fmt"
	"strconv"
	"time"

	"heapprof/internal/report/human"
)

// table is what the bench prints: several tables, of the same rows.
type table struct {
	Machine    *host
	Runs       int
	Processors int    // that everything was kept on; 0: all
	Short      bool   // the short inputs stood in for the full ones
	CPU        bool   // processor time was compared
	Before     bool   // whether another build of heapprof was measured
	Sample     string // the bytes to a sample, where sampling was measured
	Frees      bool   // whether recording frees was measured
	Retained   bool   // whether snapshots of who holds the blocks were
	Heaptrack  bool   // whether heaptrack was measured
	DHAT       bool   // whether DHAT was measured
	Rows       []row
	Pages      []pageRow // where that was measured instead
	Notes      []string
}

// row is one program's measurements. A sample is empty where it was not measured.
type row struct {
	Name                       string
	Found                      bool   // nobody here wrote the program
	Threads                    int    // of the program, that are busy
	Blocks                     uint64 // that the program allocates
	Native, Heapprof           sample
	Before                     sample // another build of heapprof
	Sampled                    sample // heapprof, when it samples
	Frees                      sample // heapprof, when it records the stacks of frees, too
	Retained                   sample // heapprof, when it tells who holds the blocks
	RetainedTail               sample // from the program's end to heapprof's then
	Heaptrack                  sample
	ShortNative, ShortHeapprof sample // beside DHAT
	DHAT                       sample
	Rates                      throughputs

	RecorderCPU               sample
	Tail                      sample // from the program's end to heapprof's
	ProgramPeak, ProfiledPeak uint64 // bytes
	RecorderPeak              uint64
	BeforePeak                uint64 // the program's under the other build
	Nodes, NodeEvents         uint64 // of the program's call tree, and how often it told of one; 0: not known
}

// throughputs is what a program tells of itself, natively and under each tool.
type throughputs struct {
	Native, Heapprof, Before, Sampled, Frees, Retained, Heaptrack rates
}

// grid is one of the tables. Its first column is the programs' names.
type grid struct {
	title string // in Markdown, where it needs one
	heads []heading
	lines [][]string // cells, of which the first is the name
}

// heading is that of a column, in two lines. Where the first is empty, that of the column
// before holds.
type heading struct{ head, unit string }

// column is a heading and what stands in a row below it.
type column struct {
	heading
	cell func(*row) string
}

func col(head, unit string, cell func(*row) string) column {
	return column{heading{head, unit}, cell}
}

// grid returns a table of those rows that keep holds for.
func (t *table) grid(title string, columns []column, keep func(*row) bool) grid {
	g := grid{title: title, heads: []heading{{"", "program"}}}
	for _, c := range columns {
		g.heads = append(g.heads, c.heading)
	}
	for i := range t.Rows {
		r := &t.Rows[i]
		if !keep(r) {
			continue
		}
		line := []string{r.Name}
		for _, c := range columns {
			line = append(line, c.cell(r))
		}
		g.lines = append(g.lines, line)
	}
	return g
}

// grids returns the tables, those that have no rows left out.
func (t *table) grids() []grid {
	every := func(*row) bool { return true }
	all := []grid{
		t.grid("Time", t.timeColumns(), every),
		t.grid("Throughput", t.rateColumns(), func(r *row) bool { return len(r.Rates.Native) > 0 }),
		t.grid("What the recorder takes", t.costColumns(), every),
		t.pageGrid(),
		t.goalGrid(),
	}
	kept := all[:0]
	for _, g := range all {
		if len(g.lines) > 0 {
			kept = append(kept, g)
		}
	}
	return kept
}

// timeColumns returns the columns of how long the programs take.
func (t *table) timeColumns() []column {
	columns := []column{
		col("blocks", "million", func(r *row) string { return fmt.Sprintf("%.2f", float64(r.Blocks)/1e6) }),
		col("native", "s", func(r *row) string { return seconds(r.Native) }),
		col("heapprof", "s", func(r *row) string { return seconds(r.Heapprof) }),
		col("", "/native", func(r *row) string { return quotient(r.Heapprof.median(), r.Native.median()) }),
		col("", "added s", func(r *row) string { return difference(r.Heapprof, r.Native) }),
	}
	if t.Before {
		columns = append(columns,
			col("before", "s", func(r *row) string { return seconds(r.Before) }),
			col("heapprof", "/before", func(r *row) string { return quotient(r.Heapprof.median(), r.Before.median()) }))
	}
	if t.Sample != "" {
		columns = append(columns,
			col("sampled", "s", func(r *row) string { return seconds(r.Sampled) }),
			col("", "/native", func(r *row) string { return quotient(r.Sampled.median(), r.Native.median()) }))
	}
	if t.Frees {
		columns = append(columns,
			col("--frees", "s", func(r *row) string { return seconds(r.Frees) }),
			col("", "/native", func(r *row) string { return quotient(r.Frees.median(), r.Native.median()) }),
			col("", "/heapprof", func(r *row) string { return quotient(r.Frees.median(), r.Heapprof.median()) }))
	}
	if t.Retained {
		columns = append(columns,
			col("--retained", "s", func(r *row) string { return seconds(r.Retained) }),
			col("", "/native", func(r *row) string { return quotient(r.Retained.median(), r.Native.median()) }),
			col("", "/heapprof", func(r *row) string { return quotient(r.Retained.median(), r.Heapprof.median()) }))
	}
	if t.Heaptrack {
		columns = append(columns,
			col("heaptrack", "s", func(r *row) string { return seconds(r.Heaptrack) }),
			col("", "/native", func(r *row) string { return quotient(r.Heaptrack.median(), r.Native.median()) }),
			col("", "added s", func(r *row) string { return difference(r.Heaptrack, r.Native) }),
			col("", "/ours", func(r *row) string { return addedRatio(r.Heaptrack, r.Native, r.Heapprof, r.Native) }))
	}
	if t.DHAT {
		columns = append(columns,
			col("dhat, short", "s", func(r *row) string { return seconds(r.DHAT) }),
			col("", "/ours", func(r *row) string { return addedRatio(r.DHAT, r.ShortNative, r.ShortHeapprof, r.ShortNative) }))
	}
	return columns
}

// rateColumns returns the columns of the programs' own throughputs.
func (t *table) rateColumns() []column {
	columns := []column{col("native", "op/s", func(r *row) string { return operations(r.Rates.Native) })}
	add := func(name string, of func(*row) rates) {
		columns = append(columns,
			col(name, "op/s", func(r *row) string { return operations(of(r)) }),
			col("", "/native", func(r *row) string { return share(of(r), r.Rates.Native) }))
	}
	add("heapprof", func(r *row) rates { return r.Rates.Heapprof })
	if t.Before {
		add("before", func(r *row) rates { return r.Rates.Before })
	}
	if t.Sample != "" {
		add("sampled", func(r *row) rates { return r.Rates.Sampled })
	}
	if t.Frees {
		add("--frees", func(r *row) rates { return r.Rates.Frees })
	}
	if t.Retained {
		add("--retained", func(r *row) rates { return r.Rates.Retained })
	}
	if t.Heaptrack {
		add("heaptrack", func(r *row) rates { return r.Rates.Heaptrack })
	}
	return columns
}

// costColumns returns the columns of what recording takes beside time.
func (t *table) costColumns() []column {
	columns := []column{
		col("recorder", "CPU s", func(r *row) string { return seconds(r.RecorderCPU) }),
		col("end to", "file ms", func(r *row) string { return milliseconds(r.Tail) }),
	}
	if t.Retained {
		columns = append(columns, col("--retained,", "end ms", func(r *row) string { return milliseconds(r.RetainedTail) }))
	}
	columns = append(columns,
		col("recorder's", "peak MiB", func(r *row) string { return mebibytes(r.RecorderPeak) }),
		col("program's", "peak MiB", func(r *row) string { return mebibytes(r.ProfiledPeak) }),
		col("natively", "MiB", func(r *row) string { return mebibytes(r.ProgramPeak) }))
	if t.Before {
		columns = append(columns, col("before,", "peak MiB", func(r *row) string { return mebibytes(r.BeforePeak) }))
	}
	columns = append(columns,
		col("call tree", "nodes", func(r *row) string { return count(r.Nodes) }),
		col("events", "/nodes", func(r *row) string {
			if x, ok := eventsByNode(r); ok {
				return fmt.Sprintf("%.2f", x)
			}
			return "-"
		}))
	if t.Processors == 1 {
		columns = append(columns, col("heapprof", "/work", func(r *row) string { return quotient(r.Heapprof.median(), r.work()) }))
	}
	return columns
}

// work returns the processor time that a recording needs at least: the program's own time and the
// recorder's.
func (r *row) work() time.Duration { return r.Native.median() + r.RecorderCPU.median() }

// manner returns what was compared, and how often, for the head of the tables.
func (t *table) manner() string {
	s := fmt.Sprintf("medians of %s, the tools by turns; wall time", human.Counted(uint64(t.Runs), "run"))
	if t.CPU {
		s = fmt.Sprintf("medians of %s, the tools by turns; processor time (user and system) of tool and program together", human.Counted(uint64(t.Runs), "run"))
	}
	if t.Processors > 0 {
		s += "; everything on " + human.Counted(uint64(t.Processors), "processor")
	}
	if t.Short {
		s += "; short inputs only"
	}
	return s
}

// legend returns what the columns say, and the notes.
func (t *table) legend() []string {
	lines := t.columnsInWords()
	if len(t.Pages) > 0 {
		lines = []string{
			"written: from the profile to the file; opens: from the address until it is seen, in Chromium without a graphics processor",
			"zooms: the slowest of twenty zooms into large boxes and back, until it is seen",
			"~: the middle half of the runs spans more than a tenth of the median",
		}
	}
	for _, n := range t.Notes {
		lines = append(lines, "note: "+n)
	}
	return lines
}

// columnsInWords returns what the columns of recordings say.
func (t *table) columnsInWords() []string {
	lines := []string{
		"added: profiled less native; /ours: how many times heapprof's added time; -: not above zero, or not known",
		"~: the middle half of the runs spans more than a tenth of the median",
		"heapprof's time includes writing the finished, symbolized profile",
	}
	if t.Before {
		lines = append(lines, "before: another build of heapprof; /before: the time under this one by the time under that one")
	}
	if t.Sample != "" {
		lines = append(lines, "sampled: heapprof run --sample="+t.Sample)
	}
	if t.Frees {
		lines = append(lines, "--frees: heapprof run --frees, which records the stacks of frees, too; /heapprof: its time by that without")
	}
	if t.Retained {
		lines = append(lines, "--retained: heapprof run --retained, which tells who holds the blocks of the peak and of the exit; /heapprof: its time by that without; end: as end to file")
	}
	if t.Heaptrack {
		lines = append(lines, "heaptrack's time includes its interpreter, which runs beside the program; it only records")
	}
	if t.DHAT {
		lines = append(lines, "dhat, short: valgrind's DHAT, its stacks 12 frames deep by default, on an input of its own; /ours compares on the same input")
	}
	if t.Heaptrack || t.DHAT {
		lines = append(lines, fmt.Sprintf("heaptrack and DHAT run once only where that takes more than %v, and are given up after %v", longForAPeer, patience))
	}
	lines = append(lines,
		"recorder CPU: user and system time of the heapprof process alone; end to file: wall time from the program's end to heapprof's",
		"peak: most resident memory; the shared rings count in both processes",
		"nodes: of the call tree of the program's stacks; events /nodes: how often the program told the recorder of one, 1 where each is told once")
	if t.Processors == 1 {
		lines = append(lines, "/work: heapprof's time by the sum of native and recorder CPU")
	}
	return lines
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

// count returns a number that is not known where it is 0.
func count(n uint64) string {
	if n == 0 {
		return "-"
	}
	return strconv.FormatUint(n, 10)
}

func operations(r rates) string {
	if len(r) == 0 {
		return "-"
	}
	return fmt.Sprintf("%.0f", r.median())
}

// share returns a throughput by the native one.
func share(r, native rates) string {
	if len(r) == 0 || len(native) == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", r.median()/native.median())
}
