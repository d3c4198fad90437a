package wording

import (
	"fmt"

	"heapprof/internal/report/view"
)

// Contradiction adds to a view's complaint about its options what to do; nil for none.
func Contradiction(err error) error {
	advice := map[error]string{
		view.ErrTreeByStack:    "leave out --by stack or --tree",
		view.ErrAverageInTree:  "sort by another metric",
		view.ErrShareOfAverage: "leave out --min",
		view.ErrAverageOfLines: "sort by another metric",
		view.ErrTwoOfFrees:     "leave out --by drop or --who-frees",
		view.ErrDropBottomUp:   "leave out --bottom-up",
		view.ErrTreeOfFrees:    "leave out --tree",
		view.ErrFreesByStack:   "leave out --by stack",
		view.ErrGrowthTree:     "leave out --tree",
		view.ErrAskOfFrees:     "leave out --by drop or --who-frees, or the question",
	}[err]
	if advice == "" {
		return err
	}
	return fmt.Errorf("%w: %s", err, advice)
}
