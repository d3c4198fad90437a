package reports

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"heapprof/cmd/wording"
	"heapprof/internal/profile"
	"heapprof/internal/report/view"
)

// question is a flag that names what a report is to answer.
type question struct {
	flag, help string
	ask        view.Question
	diff       bool // it can be asked of two profiles

	// page answers it where that is no view of rows; nil where it is. takes are the flags that
	// it goes with.
	page  func(*reportOptions) error
	takes []string
}

// questions are those of reports and diffs. One at most is asked.
func questions() []question {
	return []question{
		{flag: "peak", help: "answer who holds the memory at the peak (the default)", ask: view.AskPeak, diff: true},
		{flag: "leaks", help: "answer what is never freed, and where other blocks of those sites are (run --frees)", ask: view.AskLeaks, diff: true},
		{flag: "churn", help: "answer what is allocated and freed again and again: how often, and how long it lives", ask: view.AskChurn, diff: true},
		{flag: "growth", help: "answer what grew: how live bytes rose over the run, and blocks that grew step by step", ask: view.AskGrowth},
		{flag: "histogram", help: "show how large blocks are and how long they live, of all or of what --focus leaves",
			page: runHistogram, takes: []string{"focus", "ignore", "plumbing", "format", "output"}},
		{flag: "retained", help: "answer who holds the memory: variables, with what would be freed with each (run --retained)",
			page: runRetained, takes: []string{"top", "min", "at", "plumbing", "format", "output"}},
		{flag: "refused", help: "answer which allocations failed: how large, by whom, and what lived then",
			page: runRefused, takes: []string{"top", "plumbing", "format", "output"}},
		{flag: "resident", help: "answer what of the process's memory was resident and is not live, and why",
			page: runResident, takes: []string{"top", "plumbing", "format", "output"}},
	}
}

// addQuestions defines the flags on the command of reports, or on that of diffs.
func addQuestions(c *cobra.Command, diff bool) {
	for _, q := range questions() {
		if q.diff || !diff {
			c.Flags().Bool(q.flag, false, q.help)
		}
	}
}

// askedQuestion returns what the command is to answer; flag is "" where nothing was said.
func askedQuestion(c *cobra.Command) (q question, err error) {
	for _, other := range questions() {
		if on, err := c.Flags().GetBool(other.flag); err != nil || !on {
			continue
		}
		if q.flag != "" {
			return q, errTwoQuestions(q.flag, other.flag)
		}
		q = other
	}
	if by := c.Flags().Lookup("by"); by != nil && by.Value.String() == byThread {
		if q.flag != "" {
			return q, errTwoQuestions(q.flag, "by "+byThread)
		}
		q = threadsQuestion()
	}
	return q, nil
}

// checkPage returns the error for a flag that a page does not take.
func (q *question) checkPage(c *cobra.Command) (err error) {
	c.Flags().Visit(func(f *pflag.Flag) {
		if q.page != nil && f.Name != q.flag && !slices.Contains(q.takes, f.Name) {
			err = fmt.Errorf("--%s does not go with --%s: leave one of them out", f.Name, q.flag)
		}
	})
	return err
}

// questionOfHeap returns the flags of a view that only a heap's profile has an answer to; "" where there are none.
func questionOfHeap(o view.Options) string {
	switch {
	case o.WhoFrees:
		return "--who-frees"
	case o.By == view.ByDrop, o.By == view.ByType:
		return "--by " + o.By.String()
	case o.Question != view.AskPeak:
		return "--" + o.Question.String()
	}
	return ""
}

// checkQuestion returns the error for a view of a profile that counts calls, where it asks about blocks of a heap.
func checkQuestion(o view.Options, name string, p *profile.Profile) error {
	flag, calls := questionOfHeap(o), wording.CallsWords(p)
	if flag == "" || calls == "" {
		return nil
	}
	return fmt.Errorf("%s has no answer to %s: %s", name, flag, calls)
}

func errTwoQuestions(a, b string) error {
	return fmt.Errorf("--%s and --%s are two questions: ask one at a time", a, b)
}
