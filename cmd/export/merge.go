package export

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"heapprof/cmd/console"
	"heapprof/cmd/opening"
	"heapprof/cmd/wording"
	"heapprof/internal/format"
	"heapprof/internal/wholefile"
)

// mergeOptions is what heapprof merge was asked for.
type mergeOptions struct {
	streams *console.Streams
	files   []string
	output  string // "-": standard output
}

// NewMerge returns the command. It calls run with what the flags ask for; if that is nil, runMerge.
func NewMerge(s *console.Streams, run func(*mergeOptions) error) *cobra.Command {
	if run == nil {
		run = runMerge
	}
	o := &mergeOptions{streams: s}
	c := &cobra.Command{
		Use:   "merge [flags] FILE FILE… -o MERGED",
		Short: "Make one profile of several: of processes of a service, of runs of a test suite",
		Long: `Make one profile of several, as of the processes of a service, or of the runs of a
test suite: what was allocated through the same stack is one, wherever each process
had its libraries. heapprof report FILE FILE… shows the same without a file.

What is added up exactly is what was allocated, freed, and lived at the end. The
peaks of several processes were at different moments: they are added too, and at
one time there was that or less. How much there was at one time is told as far as
the profiles tell when their processes ran: exactly, and with the course of the
heap over time, where one ran after another. What is known of one process alone is
left out: marks and moments, who held what (run --retained), what was resident.
What only some of the profiles tell is left out as well.

Profiles are of one tool, and sampled alike or not at all.`,
		Example: `  heapprof merge heapprof.worker.*.json.gz -o workers.json.gz   a service
  heapprof report workers.json.gz                               who holds most of it
  heapprof merge monday/*.json.gz -o monday.json.gz             a day's runs
  heapprof diff monday.json.gz tuesday.json.gz                  compared to another's`,
		Args:              opening.SeveralProfiles,
		ValidArgsFunction: console.CompleteProfiles(math.MaxInt),
		RunE: func(c *cobra.Command, args []string) error {
			o.files = args
			if err := checkMerged(o.output); err != nil {
				return console.UsageError(c.Name(), err)
			}
			return run(o)
		},
	}
	c.Flags().StringVarP(&o.output, "output", "o", "", "write to `FILE`, which appears whole or not at all, compressed if its name ends in .gz or .zst")
	return c
}

func runMerge(o *mergeOptions) error {
	for _, file := range o.files {
		if console.SameFile(file, o.output) {
			return console.Failure(console.ErrOverwrite(o.output))
		}
	}
	p, err := opening.Merged(o.streams, o.files)
	if err != nil {
		return err
	}
	if o.output == "-" {
		return console.WriteOutput(o.streams, o.output, func(w io.Writer) error { return format.Write(w, "", p) })
	}
	if err := format.WriteFile(o.output, wholefile.Options{}, p); err != nil {
		return console.Failure(err)
	}
	o.streams.Hint("merged %d profiles; next: heapprof report %s", p.MergedProfiles(), wording.ShellQuote(o.output))
	return nil
}

// checkMerged returns the error for a name that a merged profile is not to have; nil for a good one.
func checkMerged(output string) error {
	isProfile := func(suffix string) bool { return strings.HasSuffix(output, "."+suffix) }
	switch {
	case output == "":
		return errors.New("no output was named: give it with -o MERGED.json.gz")
	case output == "-", slices.ContainsFunc(console.ProfileSuffixes, isProfile):
		return nil
	}
	return fmt.Errorf("%s does not end in .json, .json.gz or .json.zst, as a profile does: merge writes one, and heapprof convert makes other formats of that", output)
}
