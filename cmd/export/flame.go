package export

import (
	"cmp"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"heapprof/cmd/console"
	"heapprof/cmd/opening"
	"heapprof/cmd/reports"
	"heapprof/internal/report/flame"
	"heapprof/internal/report/folded"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/names"
	"heapprof/internal/report/speedscope"
	"heapprof/internal/report/svg"
	"heapprof/internal/report/view"
)

// flameOptions is what heapprof flame was asked for.
type flameOptions struct {
	streams *console.Streams
	file    string
	output  string // "" and "-" are standard output
	format  flameFormat
	graph   flame.Options

	part     opening.PartFlags
	mappings bool // instead of the heap
	rules    frames.Rules
}

// flameFormat is a form of a flame graph.
type flameFormat struct {
	name     string
	suffixes []string // of files that have this form
	write    func(io.Writer, *view.Source, flame.Options) error
}

// foldedFormat has no place for anything but stacks and numbers.
const foldedFormat = "folded"

// flameFormats returns the formats of flame graphs. The first is the one for standard
// output.
func flameFormats() []flameFormat {
	return []flameFormat{
		{foldedFormat, []string{".folded", ".txt"}, folded.Write},
		{"svg", []string{".svg"}, svg.Write},
		{"speedscope", []string{".json"}, speedscope.Write},
	}
}

func flameFormatNames() []string {
	var names []string
	for _, f := range flameFormats() {
		names = append(names, f.name)
	}
	return names
}

// chooseFlameFormat returns the format of the given name or, if that is "", the format that
// the output's suffix asks for.
func chooseFlameFormat(name, output string) (flameFormat, error) {
	formats := flameFormats()
	switch {
	case name != "":
		i, err := names.Find("format", name, flameFormatNames())
		return formats[i], err
	case output == "" || output == "-":
		return formats[0], nil
	}
	suffix := strings.ToLower(filepath.Ext(output))
	i := slices.IndexFunc(formats, func(f flameFormat) bool { return slices.Contains(f.suffixes, suffix) })
	if i < 0 {
		return flameFormat{}, errSuffix(output)
	}
	return formats[i], nil
}

// NewFlame returns the command. It calls run with what the flags ask for; if that is nil,
// runFlame.
func NewFlame(s *console.Streams, run func(*flameOptions) error) *cobra.Command {
	if run == nil {
		run = runFlame
	}
	var output, metric, format string
	var graph flame.Options
	var mappings bool
	var part opening.PartFlags
	var plumbing []string
	c := &cobra.Command{
		Use:   "flame [flags] FILE",
		Short: "Draw a flame graph: SVG, speedscope or folded stacks",
		Long: `Draw a flame graph of a profile of heapprof run, valgrind --tool=dhat or
dhat-rs, plain or compressed; - reads standard input.

The suffix of the output's name tells the format:
  .svg           a picture that stands alone: in a browser it zooms on a click and searches
  .json          for https://www.speedscope.app: a profile for each metric
  .folded, .txt  folded stacks, for flamegraph.pl, inferno and scripts

Without -o, folded stacks go to standard output.

The innermost frame is the site, as in a report: allocators and the insides of
containers are left out. Below it is the type of the blocks, where it is known:
[Vec<Event>]. Frames that are only passed on the way are one box, "… 42 frames
tokio, hyper, tower": those of run-time crates and libraries, and those of
functions that call themselves, which are drawn where they come first. What
starts the program or a thread is left out.

A picture has the 5,000 largest frames at most, and boxes "… 12 more callees"
for the others, so that the sums are whole.`,
		Example: `  heapprof flame prog.json -o heap.svg                        live at the peak, as a picture
  heapprof flame prog.json -o churn.svg --metric total-bytes  allocated in all
  heapprof flame prog.json -o leaks.svg --metric end-bytes    never freed
  heapprof flame --at loaded prog.json -o loaded.svg          live at a mark
  heapprof flame --by-thread prog.json -o threads.svg         each thread's stacks apart
  heapprof flame prog.json -o prog.speedscope.json            to open in speedscope
  heapprof flame prog.json | grep parse                       stacks with a name, one a line`,
		Args:              console.OneProfile,
		ValidArgsFunction: console.CompleteProfiles(1),
		RunE: func(c *cobra.Command, args []string) error {
			o := &flameOptions{streams: s, file: args[0], output: output, graph: graph, mappings: mappings, part: part}
			if err := cmp.Or(part.Check(mappings), opening.CheckByThread(graph.Threads, part, mappings)); err != nil {
				return console.UsageError(c.Name(), err)
			}
			var err error
			if o.format, err = chooseFlameFormat(format, output); err != nil {
				return console.UsageError(c.Name(), err)
			}
			if c.Flags().Changed("metric") {
				if o.graph.Metric, o.graph.Extra, err = reports.ChosenMetric(metric); err != nil {
					return console.UsageError(c.Name(), err)
				}
			}
			if o.rules, err = opening.ReadRules(plumbing, nil); err != nil {
				return opening.RuleError(c.Name(), err)
			}
			return run(o)
		},
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringVarP(&output, "output", "o", "", "write to `FILE`, which appears whole or not at all")
	flags.StringVar(&metric, "metric", "", "make frames as wide as their `METRIC` (default peak-bytes, or total-bytes where the peak was not recorded): "+strings.Join(additiveMetrics(), ", ")+", or what a pprof profile has besides, by its name")
	flags.StringVar(&format, "format", "", "write as `FORMAT`, whatever the output's name: "+strings.Join(flameFormatNames(), ", "))
	flags.BoolVar(&graph.Threads, "by-thread", false, "make the thread the outermost frame")
	flags.BoolVar(&graph.NoTypes, "no-types", false, "draw no types of the blocks")
	flags.BoolVar(&graph.Own, "own", false, "fold what is not the program's own code, too, but for the sites")
	opening.AddPlumbing(flags, &plumbing)
	flags.BoolVar(&graph.AllFrames, "all-frames", false, "draw allocators and containers, too, and fold no frames; only malloc and operator new are left out")
	part.Add(c)
	flags.BoolVar(&mappings, "mappings", false, "draw what was mapped (run --mmap) instead of the heap")
	console.CompleteFlag(c, "metric", additiveMetrics())
	console.CompleteFlag(c, "format", flameFormatNames())
	return c
}

// additiveMetrics returns the names of the metrics that can be the width of a frame.
func additiveMetrics() []string {
	var names []string
	for _, m := range view.Metrics() {
		if m.Additive() && !m.IsExtra() {
			names = append(names, m.String())
		}
	}
	return names
}

func runFlame(o *flameOptions) error {
	if console.SameFile(o.file, o.output) {
		return console.Failure(console.ErrOverwrite(o.output))
	}
	p, err := opening.View(o.streams, o.file, o.part, o.mappings)
	if err == nil && o.graph.Threads {
		p, err = opening.ByThreads(p, opening.InputName(o.file))
	}
	if err != nil {
		return err
	}
	err = console.WriteOutput(o.streams, o.output, func(w io.Writer) error {
		return o.format.write(w, opening.NewSource(p, o.file, o.rules), o.graph)
	})
	if err == nil && o.format.name == foldedFormat && !p.Sampling.IsExact() {
		o.streams.Say("%s", unmarkedEstimates(p))
	}
	return err
}
