package cmd

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"heapprof/internal/budget"
)

// checkLimits are the flags that say what a program is allowed.
type checkLimits struct {
	max    []string
	budget budget.Budget // that they make
}

var errNothingToCheck = errors.New("nothing was said that the profile is to keep to: add --max METRIC=AMOUNT, as --max peak-bytes=10MiB")

func (l *checkLimits) addTo(c *cobra.Command) {
	c.Flags().StringArrayVar(&l.max, "max", nil, "allow so much and no more: `METRIC[@RE]=AMOUNT`, as peak-bytes=10MiB; may be repeated")
}

// parse sets budget.
func (l *checkLimits) parse() error {
	for _, text := range l.max {
		limit, err := budget.ParseLimit(text)
		if err != nil {
			return errLimit("--max", text, err)
		}
		l.budget.Max = append(l.budget.Max, limit)
	}
	return nil
}

// errLimit returns the error for a limit that cannot be read.
func errLimit(flag, text string, err error) error {
	if errors.Is(err, budget.ErrNoMetric) {
		return fmt.Errorf("%s %q is not METRIC=AMOUNT: write it as peak-bytes=10MiB", flag, text)
	}
	return fmt.Errorf("%s %q: %w", flag, text, err)
}
