package opening

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"heapprof/cmd/console"
	"heapprof/cmd/wording"
	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
)

// Merged reads the profiles in the named files, of which one may be "-", and merges them; one alone it only reads. Errors name
// the file and carry console.ExitFailure.
func Merged(s *console.Streams, files []string) (*profile.Profile, error) {
	if len(files) == 1 {
		return Profile(s, files[0])
	}
	if twice := namedTwice(files); twice != "" {
		return nil, console.Failure(errNamedTwice(twice))
	}
	var m profile.Merger
	for _, file := range files {
		p, err := Profile(s, file)
		if err != nil {
			return nil, err
		}
		err = m.Add(p)
		var unlike *profile.UnlikeError
		if errors.As(err, &unlike) {
			err = errUnlike(unlike, files[0], file)
		}
		if err != nil {
			return nil, console.Failure(err)
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

// SeveralProfiles is what the arguments of a command are that takes any number of profiles.
func SeveralProfiles(c *cobra.Command, args []string) error {
	first := slices.Index(args, console.StdinName)
	switch {
	case len(args) == 0:
		return console.UsageError(c.Name(), console.ErrNoFile)
	case first >= 0 && slices.Contains(args[first+1:], console.StdinName):
		return console.UsageError(c.Name(), errStdinOften)
	}
	return nil
}

// MergedName is what errors call several profiles that are looked at as one.
const MergedName = "the merged profile"

func errNamedTwice(file string) error {
	return fmt.Errorf("%s was named twice and would count twice: name each profile once", file)
}

// errUnlike is the error for a profile that cannot be merged with the first one.
func errUnlike(e *profile.UnlikeError, first, file string) error {
	first, file = InputName(first), InputName(file)
	p, q := e.First, e.Other
	switch why := e.Why; {
	case wording.MakerWords(p) != wording.MakerWords(q):
		return fmt.Errorf("%s was recorded by %s and %s by %s, which count differently: merge profiles of one tool", first, wording.MakerWords(p), file, wording.MakerWords(q))
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

// samplingWords says of how many blocks a profile knows.
func samplingWords(p *profile.Profile) string {
	if p.Sampling.IsExact() {
		return "has every block"
	}
	return "has one block in each " + human.Bytes(p.Sampling.MeanBytes)
}

var errStdinOften = errors.New("standard input can be one of the profiles, and no more")
