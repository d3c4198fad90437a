package opening

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"heapprof/cmd/console"
	"heapprof/cmd/wording"
	"heapprof/internal/profile"
	"heapprof/internal/report/human"
)

// PartFlags are the flags that show a part of a run, as they were given.
type PartFlags struct{ At, Between, Thread string }

// Add defines the flags on a command.
func (f *PartFlags) Add(c *cobra.Command) {
	c.Flags().StringVar(&f.At, "at", "", "show what lived at `MOMENT`, and what had been allocated until then: a mark, peak, end, a time as 3.2s or 150ms, or 40% of the run")
	c.Flags().StringVar(&f.Between, "between", "", "show what was allocated between two moments, `A,B`, and what of it lived at B: loaded,end")
	c.Flags().StringVar(&f.Thread, "thread", "", "show what threads allocated whose names match `PATTERN`, a regular expression, or the one of that number")
	_ = c.RegisterFlagCompletionFunc("at", completeMoments)
	_ = c.RegisterFlagCompletionFunc("thread", CompleteThreads)
}

// completeMoments completes a moment: with the marks, where the profile stands before the flag.
func completeMoments(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	return completeInstants(args, c.Flags().Lookup("retained") != nil)
}

// CompleteMomentsAndSnapshots completes a moment, or the name of a snapshot.
func CompleteMomentsAndSnapshots(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	return completeInstants(args, true)
}

func completeInstants(args []string, withSnapshots bool) ([]string, cobra.ShellCompDirective) {
	all := []string{startName, peakName, EndName}
	if len(args) == 1 && args[0] != console.StdinName {
		if p, err := Read(&console.Streams{}, args[0]); err == nil {
			all = append(markNames(p), all...)
			for _, name := range snapshotNames(p) {
				if withSnapshots && !slices.Contains(all, name) {
					all = append(all, name)
				}
			}
		}
	}
	return all, cobra.ShellCompDirectiveNoFileComp
}

// The moments that every run has.
const (
	startName = "start"
	peakName  = "peak"
	EndName   = "end"
)

// Given reports whether a part of a run is asked for.
func (f PartFlags) Given() bool { return f.At != "" || f.Between != "" }

// IsWhole reports whether neither a part of the run is asked for nor what some of its threads have.
func (f PartFlags) IsWhole() bool { return !f.Given() && f.Thread == "" }

var (
	errPartOfMappings    = errors.New("--at and --between are of the heap alone: of mappings the peak and the end are known")
	ErrMomentsOfMappings = errors.New("FILE@MOMENT is of the heap alone: of mappings the peak and the end are known")
	ErrFreesOfPart       = errors.New("--at and --between show what was allocated: where it was freed is known of the whole run alone")
)

// ErrQuestionOfPart returns the error for a question, by its flag, that is asked of a part of a run.
func ErrQuestionOfPart(flag string) error {
	return fmt.Errorf("--%s asks about the whole run: --at shows what lived at a moment, and --between A,end what was allocated after A and never freed", flag)
}

// Check returns the error for flags that contradict each other.
func (f PartFlags) Check(mappings bool) error {
	switch {
	case f.At != "" && f.Between != "":
		return errors.New("--at and --between are two parts of a run: ask for one")
	case f.Thread != "" && mappings:
		return errThreadsOfMappings
	case f.Thread != "" && f.Given():
		return errThreadsOfMoment
	case f.Given() && mappings:
		return errPartOfMappings
	case f.Between != "" && strings.Count(f.Between, ",") != 1:
		return fmt.Errorf("--between needs two moments with a comma between them, as in --between loaded,end, not %q", f.Between)
	}
	return nil
}

// of returns the part of a profile that the flags ask for: the profile itself where they ask for none. name
// is the profile's.
func (f PartFlags) of(p *profile.Profile, name string) (*profile.Profile, error) {
	if f.Thread != "" {
		return ofThreads(p, name, f.Thread)
	}
	if f.At != "" {
		at, err := parseInstant(p, name, f.At, true)
		if err != nil {
			return nil, err
		}
		return p.At(at), nil
	}
	if f.Between == "" {
		return p, nil
	}
	first, last, _ := strings.Cut(f.Between, ",")
	from, err := parseInstant(p, name, first, false)
	if err != nil {
		return nil, err
	}
	to, err := parseInstant(p, name, last, false)
	if err != nil {
		return nil, err
	}
	if from.Time > to.Time || from == to {
		u := human.UnitsOf(p)
		return nil, fmt.Errorf("--between needs an earlier moment first: %s is known at %s, and %s at %s", first, u.Time(float64(from.Time)), last, u.Time(float64(to.Time)))
	}
	return p.Between(from, to), nil
}

// parseInstant returns the instant of a profile that s names; for a time, the nearest one of which all is
// known. The peak itself is one only where it is enough to know what lived.
func parseInstant(p *profile.Profile, name, s string, livesOnly bool) (profile.Instant, error) {
	marks := p.Marked(s)
	switch {
	case s == startName:
		return profile.Instant{Kind: profile.AtStart}, nil
	case s == EndName && p.Columns.Has(profile.End):
		return p.End(), nil
	case s == peakName && p.Columns.Has(profile.Peak) && livesOnly:
		return p.Peak(), nil
	case len(p.Moments) == 0:
		return profile.Instant{}, errNoMoments(p, name, s)
	case s == peakName:
		return p.Nearest(p.PeakTime), nil
	case len(marks) == 1:
		return marks[0], nil
	case len(marks) > 1:
		return profile.Instant{}, errAmbiguousMark(p, name, s, marks)
	}
	at, ok := parseMoment(s, p)
	u := human.UnitsOf(p)
	switch {
	case !ok:
		return profile.Instant{}, errNoMark(p, name, s)
	case at > p.EndTime:
		return profile.Instant{}, fmt.Errorf("%s is of a run of %s, which %s is not in", name, u.Time(float64(p.EndTime)), s)
	}
	return p.Nearest(at), nil
}

// parseMoment returns a time of a run in the profile's time unit: 3.2s, 150ms, 40%. ok is false for what is
// none.
func parseMoment(s string, p *profile.Profile) (at uint64, ok bool) {
	if share, isShare := strings.CutSuffix(s, "%"); isShare {
		percent, err := strconv.ParseFloat(share, 64)
		if err != nil || !(percent >= 0 && percent <= 100) {
			return 0, false
		}
		return uint64(percent / 100 * float64(p.EndTime)), true
	}
	d, err := time.ParseDuration(s)
	unit, known := human.TimeUnit(p.Units.Time)
	if err != nil || d < 0 || !known {
		return 0, false
	}
	return uint64(d / unit), true
}

// markNames returns the names of a profile's marks, each once.
func markNames(p *profile.Profile) (marks []string) {
	seen := make(map[string]bool)
	for _, m := range p.Moments {
		if m.Mark != "" && !seen[m.Mark] {
			seen[m.Mark] = true
			marks = append(marks, m.Mark)
		}
	}
	return marks
}

func errNoMark(p *profile.Profile, name, s string) error {
	marks := markNames(p)
	if len(marks) == 0 {
		return fmt.Errorf("%s has no marks: name a moment as %s, %s, %s, 3.2s or 40%%, not %q", name, startName, peakName, EndName, s)
	}
	return fmt.Errorf("%s has no mark %q, but %s; a moment is also %s, %s, %s, 3.2s or 40%%", name, s, wording.SomeNames(marks), startName, peakName, EndName)
}

func errAmbiguousMark(p *profile.Profile, name, s string, marks []profile.Instant) error {
	u := human.UnitsOf(p)
	var times []string
	for _, m := range marks {
		times = append(times, u.Time(float64(m.Time)))
	}
	return fmt.Errorf("%s has %d marks %q: name one by its time, %s", name, len(marks), s, wording.SomeNames(times))
}

func errNoMoments(p *profile.Profile, name, s string) error {
	var known []string
	if p.Columns.Has(profile.Peak) {
		known = append(known, peakName)
	}
	if p.Columns.Has(profile.End) {
		known = append(known, EndName)
	}
	if len(known) == 0 {
		return fmt.Errorf("%s does not tell what lived at %s, nor at any moment", name, s)
	}
	return fmt.Errorf("%s has no moments, which heapprof run records of one process; what lived is known at %s, not at %s", name, strings.Join(known, " and "), s)
}

// CutMoment returns the file and the moment that FILE@MOMENT names; a file that exists is one, whatever its
// name.
func CutMoment(arg string) (file, moment string) {
	i := strings.LastIndexByte(arg, '@')
	if i <= 0 || i == len(arg)-1 {
		return arg, ""
	}
	if _, err := os.Stat(arg); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return arg, ""
	}
	return arg[:i], arg[i+1:]
}
