package record

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"heapprof/cmd/console"
	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/tracker"
)

// runLimits is how much heapprof run was asked to let live, and which allocations to let fail. All
// are as they were written; "": not given.
type runLimits struct {
	bytes, blocks                   string
	atLimit                         string
	failAfter, failEvery, failTimes string
	failAt                          []string // functions
}

var limitActions = []string{string(profile.LimitNotes), string(profile.LimitFails), string(profile.LimitKills)}

// addTo adds the flags to the command.
func (l *runLimits) addTo(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&l.bytes, "limit", "", "say which allocation brings the live heap of a process above `BYTES`, such as 512MiB")
	flags.StringVar(&l.blocks, "limit-blocks", "", "say which allocation brings it above `N` live blocks")
	flags.StringVar(&l.atLimit, "at-limit", "", "do `ACTION` at the limit: note it (default), fail the allocation and each above the limit after it, or kill the process")
	console.CompleteFlag(c, "at-limit", limitActions)
	flags.StringVar(&l.failAfter, "fail-after", "", "let all allocations of a process fail after its first `N`")
	flags.StringVar(&l.failEvery, "fail-every", "", "let each `N`th allocation of a process fail")
	flags.StringArrayVar(&l.failAt, "fail-at", nil, "let each allocation fail that has `FUNCTION` on its stack; may be repeated")
	flags.StringVar(&l.failTimes, "fail-times", "", "let `N` of these fail at most, and the next ones succeed")
}

var (
	errAtLimit      = errors.New("--at-limit says what to do at a limit: name one by --limit or --limit-blocks")
	errFailTimes    = errors.New("--fail-times says how many fail at most of those that --fail-after, --fail-every and --fail-at name: write one of these, too")
	errFailAt       = errors.New("--fail-at names no function: write it as a report shows it")
	errLimitsSample = errors.New("limits and failures are of every block, and --sample records few: leave one of them out")
)

// ask asks the recorder for the limits, or returns an error where the flags are malformed.
func (l *runLimits) ask(o *tracker.Options) (err error) {
	if l.bytes != "" {
		bytes, ok := human.ParseSize(l.bytes)
		if !ok || bytes == 0 {
			return fmt.Errorf("--limit %q is no size: write 512MiB or 2GiB", l.bytes)
		}
		o.Limit.Bytes = bytes
	}
	if o.Limit.Blocks, err = parseCount("limit-blocks", l.blocks, 1); err != nil {
		return err
	}
	hasLimit := o.Limit.Bytes != 0 || o.Limit.Blocks != 0
	o.Limit.Action = profile.LimitNotes
	if l.atLimit != "" {
		if !slices.Contains(limitActions, l.atLimit) {
			return fmt.Errorf("--at-limit %q is no action: write note, fail or kill", l.atLimit)
		}
		if !hasLimit {
			return errAtLimit
		}
		o.Limit.Action = profile.LimitAction(l.atLimit)
	}
	if err := l.askFailing(&o.Failing); err != nil {
		return err
	}
	if o.Sample != 0 && (hasLimit || o.Failing.IsWanted()) {
		return errLimitsSample
	}
	return nil
}

// askFailing asks for the allocations that are to fail.
func (l *runLimits) askFailing(f *tracker.Failing) error {
	after, err := parseCount("fail-after", l.failAfter, 0)
	if err != nil {
		return err
	}
	if l.failAfter != "" {
		f.From = after + 1
	}
	if f.Every, err = parseCount("fail-every", l.failEvery, 1); err != nil {
		return err
	}
	for _, function := range l.failAt {
		if strings.TrimSpace(function) == "" {
			return errFailAt
		}
	}
	f.At = l.failAt
	times, err := parseCount("fail-times", l.failTimes, 1)
	if err != nil {
		return err
	}
	if times != 0 && !f.IsWanted() {
		return errFailTimes
	}
	f.Times = uint32(times)
	return nil
}

// parseCount reads a number of allocations from a flag, which is at least the one given; 0 where the flag
// was not.
func parseCount(flag, text string, least uint64) (uint64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil || n < least {
		return 0, fmt.Errorf("--%s %q is no number from %d to %d", flag, text, least, uint32(1<<32-1))
	}
	return n, nil
}

// neverFailedWords words that no allocation was made from a function whose allocations were to fail.
func neverFailedWords(function string) string {
	return fmt.Sprintf("--fail-at %s: no allocation had a function of that name on its stack; heapprof report --callers shows which do", function)
}
