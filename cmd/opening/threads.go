package opening

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"github.com/spf13/cobra"

	"heapprof/cmd/console"
	"heapprof/cmd/wording"
	"heapprof/internal/profile"
	"heapprof/internal/report/label"
)

var (
	errThreadsOfMappings  = errors.New("--thread is of the heap alone: whose the mappings are is not recorded")
	errThreadsOfMoment    = errors.New("--thread is of the whole run: what each thread had at another moment than the peak and the end is not recorded")
	errByThreadOfMappings = errors.New("--by-thread is of the heap alone: whose the mappings are is not recorded")
	errByThreadOfMoment   = errors.New("--by-thread is of the whole run: what each thread had at another moment than the peak and the end is not recorded")
	// ErrThreadsOfFrees is the error for the frees of single threads.
	ErrThreadsOfFrees = errors.New("--thread shows what threads allocated: what they freed is not known by stack")
)

// ErrQuestionOfThreads is the error for a question that no single thread's part of a profile answers.
func ErrQuestionOfThreads(flag string) error {
	return fmt.Errorf("--%s asks about the whole program: of a thread it is known what it allocated in all, what of that lived at the peak, and what at the end (--leaks)", flag)
}

// CompleteThreads completes the name of a thread, where the profile stands before the flag.
func CompleteThreads(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var all []string
	if len(args) == 1 && args[0] != console.StdinName {
		if p, err := Read(&console.Streams{}, args[0]); err == nil {
			all = threadNames(p)
		}
	}
	return all, cobra.ShellCompDirectiveNoFileComp
}

// threadNames returns the names of a profile's threads, each once.
func threadNames(p *profile.Profile) (all []string) {
	seen := map[string]bool{}
	for _, name := range label.ThreadsOf(p) {
		if !seen[name] {
			seen[name] = true
			all = append(all, name)
		}
	}
	return all
}

// checkShares returns the error for a profile that does not tell whose the blocks of its stacks are; nil for one that does.
func checkShares(p *profile.Profile, name string) error {
	switch {
	case p.HasThreadShares():
		return nil
	case p.Recording == nil || len(p.Recording.ByThread) == 0:
		return ErrNoThreads(name, p)
	}
	return fmt.Errorf("%s tells what each thread allocated, but not through which stacks: %s", name, wording.RecordsIt(p, "run"))
}

// ofThreads returns what of a profile, which is called so, the threads have whose names match a pattern or whose number it is.
func ofThreads(p *profile.Profile, name, pattern string) (*profile.Profile, error) {
	if err := checkShares(p, name); err != nil {
		return nil, err
	}
	matches, err := regexp.Compile(pattern)
	if err != nil {
		return nil, ErrNotRegexp("--thread", pattern, err)
	}
	q := p.ByThread(func(t *profile.Thread) bool {
		return t.ID != 0 && strconv.FormatUint(t.ID, 10) == pattern || matches.MatchString(label.Thread(t, p.PID))
	})
	if len(q.OnlyThreads) == 0 {
		return nil, fmt.Errorf("%s has no thread %q: it has %s", name, pattern, wording.SomeNames(threadNames(p)))
	}
	return q, nil
}

// CheckByThread returns the error for stacks that are to be told apart by thread where it is not known whose they are.
func CheckByThread(wanted bool, part PartFlags, mappings bool) error {
	switch {
	case wanted && part.Given():
		return errByThreadOfMoment
	case wanted && mappings:
		return errByThreadOfMappings
	}
	return nil
}

// ByThreads returns a profile, which is called so, with points for each thread.
func ByThreads(p *profile.Profile, name string) (*profile.Profile, error) {
	if p.PointThreads != nil {
		return p, nil
	}
	if err := checkShares(p, name); err != nil {
		return nil, console.Failure(err)
	}
	return p.ByThread(nil), nil
}

// ErrNoThreads is the error for a profile that does not tell of threads.
func ErrNoThreads(name string, p *profile.Profile) error {
	if p.Recording != nil && !p.Sampling.IsExact() {
		return fmt.Errorf("%s does not tell what each thread allocated: where blocks are sampled that is not recorded; record it without --sample", name)
	}
	return fmt.Errorf("%s does not tell what each thread allocated: %s", name, wording.RecordsIt(p, "run"))
}
