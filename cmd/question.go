package cmd

import (
	"fmt"

	"github.com/spf13/cobra"

	"heapprof/internal/report/view"
)

// question is a flag that names what a view is to answer.
type question struct {
	flag, help string
	ask        view.Question
}

// questions are those of reports and diffs. One at most is asked.
func questions() []question {
	return []question{
		{"peak", "answer who holds the memory at the peak (the default)", view.AskPeak},
		{"leaks", "answer what is never freed, and where other blocks of those sites are (run --frees)", view.AskLeaks},
		{"churn", "answer what is allocated and freed again and again: how often, and how long it lives", view.AskChurn},
	}
}

// addQuestions defines the flags on a command.
func addQuestions(c *cobra.Command) {
	for _, q := range questions() {
		c.Flags().Bool(q.flag, false, q.help)
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
	return q, nil
}

func errTwoQuestions(a, b string) error {
	return fmt.Errorf("--%s and --%s are two questions: ask one at a time", a, b)
}
