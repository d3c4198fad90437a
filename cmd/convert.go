package cmd

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"heapprof/internal/profile"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/heapsnapshot"
)

// convertOptions is what heapprof convert was asked for.
type convertOptions struct {
	streams *Streams
	file    string
	at      string
	rules   frames.Rules
	output  string
}

// heapSnapshotSuffix is how the names of V8's heap snapshots end: nothing else is loaded as one.
const heapSnapshotSuffix = ".heapsnapshot"

// newConvert returns the command. It calls run with what the flags ask for; if that is nil, runConvert.
func newConvert(s *Streams, run func(*convertOptions) error) *cobra.Command {
	if run == nil {
		run = runConvert
	}
	o := &convertOptions{streams: s}
	var plumbing []string
	c := &cobra.Command{
		Use:   "convert [flags] FILE -o NAME.heapsnapshot",
		Short: "Convert to a heap snapshot for Chrome's developer tools",
		Long: `Convert a snapshot of run --retained to a heap snapshot as V8 writes them, which
the panel Memory of Chrome's developer tools loads (Load profile).

Its objects are groups of blocks of one site, one type and one owner, with all
their bytes; owners, such as variables, hold them. What retains what is exact for
owners, and nearly so below them. Very small groups of an owner are one object.`,
		Example: `  heapprof convert prog.json.gz -o prog.heapsnapshot            near the peak
  heapprof convert --at exit prog.json.gz -o exit.heapsnapshot  another snapshot`,
		Args:              oneProfile,
		ValidArgsFunction: completeProfiles(1),
		RunE: func(c *cobra.Command, args []string) (err error) {
			o.file = args[0]
			if o.output == "" {
				return usageError(c.Name(), errNoConverted)
			}
			if o.output != "-" && !strings.HasSuffix(o.output, heapSnapshotSuffix) {
				return usageError(c.Name(), errConvertTo(o.output))
			}
			if o.rules, err = readRules(plumbing, nil); err != nil {
				return ruleError(c.Name(), err)
			}
			return run(o)
		},
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringVarP(&o.output, "output", "o", "", "write to `FILE`, which appears whole or not at all; its name ends in .heapsnapshot")
	flags.StringVar(&o.at, "at", "", "convert another `SNAPSHOT` than that of the peak: exit, a mark or a time")
	addPlumbing(flags, &plumbing)
	_ = c.RegisterFlagCompletionFunc("at", completeSnapshots)
	return c
}

func runConvert(o *convertOptions) error {
	if sameFile(o.file, o.output) {
		return failure(errOverwrite(o.output))
	}
	s, err := openSnapshot(o.streams, o.file, o.at, o.rules)
	if err != nil {
		return err
	}
	file := heapsnapshot.New(s, heapsnapshot.Options{Owner: func(owner *profile.Owner) string {
		name, where := ownerWords(owner)
		if where == "" {
			return name
		}
		return name + " (" + where + ")"
	}})
	return writeOutput(o.streams, o.output, file.Write)
}

var errNoConverted = errors.New("no output was named: give it with -o NAME.heapsnapshot")

// errConvertTo is the error for a name that is none of a heap snapshot. It names the command that writes such a file.
func errConvertTo(output string) error {
	if command := commandFor(output); command != "" {
		return fmt.Errorf("convert writes heap snapshots, whose names end in %s: for %s use heapprof %s", heapSnapshotSuffix, output, command)
	}
	return fmt.Errorf("%s does not end in %s, without which Chrome does not load it", output, heapSnapshotSuffix)
}

// commandFor returns the command that writes files with such a name; "" where none does.
func commandFor(output string) string {
	for _, c := range []struct{ suffix, command string }{
		{".pb.gz", "pprof"}, {".pprof", "pprof"}, {".svg", "flame"}, {".folded", "flame"}, {".txt", "report"}, {".csv", "report --format csv"}, {".json", "report --format json"},
		{".html", "html"}, {heapSnapshotSuffix, "convert"},
	} {
		if strings.HasSuffix(output, c.suffix) {
			return c.command
		}
	}
	return ""
}
