package cmd

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"heapprof/internal/format"
	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/wholefile"
)

// mergeOptions is what heapprof merge was asked for.
type mergeOptions struct {
	streams *Streams
	files   []string
	output  string // "-": standard output
}

// newMerge returns the command. It calls run with what the flags ask for; if that is nil, runMerge.
func newMerge(s *Streams, run func(*mergeOptions) error) *cobra.Command {
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
one time there was that or less. What is known of one process alone is left
out: the course of the heap over time, marks and moments, who held what (run
--retained), what was resident. What only some of the profiles tell is left out as well.

Profiles are of one tool, and sampled alike or not at all.`,
		Example: `  heapprof merge heapprof.worker.*.json.gz -o workers.json.gz   a service
  heapprof report workers.json.gz                               who holds most of it
  heapprof merge monday/*.json.gz -o monday.json.gz             a day's runs
  heapprof diff monday.json.gz tuesday.json.gz                  compared to another's`,
		Args:              severalProfiles,
		ValidArgsFunction: completeProfiles(math.MaxInt),
		RunE: func(c *cobra.Command, args []string) error {
			o.files = args
			if err := checkMerged(o.output); err != nil {
				return usageError(c.Name(), err)
			}
			return run(o)
		},
	}
	c.Flags().StringVarP(&o.output, "output", "o", "", "write to `FILE`, which appears whole or not at all, compressed if its name ends in .gz or .zst")
	return c
}

func runMerge(o *mergeOptions) error {
	for _, file := range o.files {
		if sameFile(file, o.output) {
			return failure(errOverwrite(o.output))
		}
	}
	p, err := openMerged(o.streams, o.files)
	if err != nil {
		return err
	}
	if o.output == "-" {
		return writeOutput(o.streams, o.output, func(w io.Writer) error { return format.Write(w, "", p) })
	}
	if err := format.WriteFile(o.output, wholefile.Options{}, p); err != nil {
		return failure(err)
	}
	o.streams.hint("merged %d profiles; next: heapprof report %s", p.MergedProfiles(), shellQuote(o.output))
	return nil
}

// openMerged reads the profiles in the named files, of which one may be "-", and merges them; one alone it only reads. Errors name
// the file and carry exitFailure.
func openMerged(s *Streams, files []string) (*profile.Profile, error) {
	if len(files) == 1 {
		return openProfile(s, files[0])
	}
	if twice := namedTwice(files); twice != "" {
		return nil, failure(errNamedTwice(twice))
	}
	var m profile.Merger
	for _, file := range files {
		p, err := openProfile(s, file)
		if err != nil {
			return nil, err
		}
		err = m.Add(p)
		var unlike *profile.UnlikeError
		if errors.As(err, &unlike) {
			err = errUnlike(unlike, files[0], file)
		}
		if err != nil {
			return nil, failure(err)
		}
	}
	return m.Profile(), nil
}

// namedTwice returns the name of a file that an earlier name leads to as well; "" where there is none. What is no
// regular file may be read twice.
func namedTwice(files []string) string {
	bySize := make(map[int64][]os.FileInfo)
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		same := func(other os.FileInfo) bool { return os.SameFile(info, other) }
		if slices.ContainsFunc(bySize[info.Size()], same) {
			return file
		}
		bySize[info.Size()] = append(bySize[info.Size()], info)
	}
	return ""
}

// severalProfiles is what the arguments of a command are that takes any number of profiles.
func severalProfiles(c *cobra.Command, args []string) error {
	first := slices.Index(args, stdinName)
	switch {
	case len(args) == 0:
		return usageError(c.Name(), errNoFile)
	case first >= 0 && slices.Contains(args[first+1:], stdinName):
		return usageError(c.Name(), errStdinOften)
	}
	return nil
}

// mergedName is what errors call several profiles that are looked at as one.
const mergedName = "the merged profile"

// checkMerged returns the error for a name that a merged profile is not to have; nil for a good one.
func checkMerged(output string) error {
	isProfile := func(suffix string) bool { return strings.HasSuffix(output, "."+suffix) }
	switch {
	case output == "":
		return errors.New("no output was named: give it with -o MERGED.json.gz")
	case output == "-", slices.ContainsFunc(profileSuffixes, isProfile):
		return nil
	}
	return fmt.Errorf("%s does not end in .json, .json.gz or .json.zst, as a profile does: merge writes one, and heapprof convert makes other formats of that", output)
}

func errNamedTwice(file string) error {
	return fmt.Errorf("%s was named twice and would count twice: name each profile once", file)
}

// errUnlike is the error for a profile that cannot be merged with the first one.
func errUnlike(e *profile.UnlikeError, first, file string) error {
	first, file = inputName(first), inputName(file)
	p, q := e.First, e.Other
	switch why := e.Why; {
	case makerWords(p) != makerWords(q):
		return fmt.Errorf("%s was recorded by %s and %s by %s, which count differently: merge profiles of one tool", first, makerWords(p), file, makerWords(q))
	case why == profile.UnlikeModes:
		return fmt.Errorf("%s has the mode %q and %s %q, which measure different things: merge those of one mode", first, names.Printable(p.Mode), file, names.Printable(q.Mode))
	case why == profile.UnlikeUnits:
		return fmt.Errorf("%s counts %s by %s and %s %s by %s: merge profiles of one tool", first, human.UnitsOf(p).Many, human.UnitsOf(p).TimeName, file, human.UnitsOf(q).Many, human.UnitsOf(q).TimeName)
	case why == profile.UnlikeSamplings:
		return fmt.Errorf("%s %s and %s %s: merge profiles that were sampled alike", first, samplingWords(p), file, samplingWords(q))
	case why == profile.UnlikeSpans:
		return fmt.Errorf("%s is of a part of a run: merge profiles of whole runs", file)
	}
	return fmt.Errorf("with %s there would be more than 64 bits hold: it is damaged, or merged too often", file)
}

// makerWords names the tool that made a profile.
func makerWords(p *profile.Profile) string {
	if tool := otherTool(p); tool != "" {
		return tool
	}
	return "heapprof"
}

// samplingWords says of how many blocks a profile knows.
func samplingWords(p *profile.Profile) string {
	if p.Sampling.IsExact() {
		return "has every block"
	}
	return "has one block in each " + human.Bytes(p.Sampling.MeanBytes)
}
