package record

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"heapprof/cmd/console"
	"heapprof/cmd/wording"
	"heapprof/internal/report/human"
	"heapprof/internal/tracker"
)

// runCopies is whether heapprof run was asked to record copies.
type runCopies struct{ record bool }

// addTo adds the flag to the command.
func (r *runCopies) addTo(c *cobra.Command) {
	c.Flags().BoolVar(&r.record, "copies", false, "record what is copied, too: memcpy, memmove, strcpy and their like, with their bytes")
}

// ask asks the recorder for copies, or returns an error where the flag contradicts another.
func (r *runCopies) ask(s *console.Streams, o *tracker.Options) error {
	if r.record && o.NoPatch {
		return errNoPatchCopies
	}
	o.Copies = r.record
	o.Uncopied = func(all []tracker.Unhooked) {
		if len(all) == 0 {
			s.Say("%s", wording.NoCopies)
		}
		for _, u := range all {
			s.Say("%s", uncopiedWords(u))
		}
	}
	return nil
}

var errNoPatchCopies = errors.New("--no-patch leaves the functions alone that --copies records: leave one of them out")

// uncopiedWords words that some copies are not recorded.
func uncopiedWords(u tracker.Unhooked) string {
	return fmt.Sprintf("--copies: calls of %s in %s may be missing, as it cannot be patched (%s)", u.Name, u.File, wording.CauseWords(u.Cause))
}

// tellCopies prints how much was copied, and what may be missing.
func tellCopies(s *console.Streams, o *runCopies, r *tracker.Result) {
	for _, u := range r.NotCopied {
		s.Say("%s", uncopiedWords(u))
	}
	if !o.record {
		return
	}
	if r.Copies == nil {
		s.Say("--copies: no copy of this program could be recorded, so that there is no profile of them")
		return
	}
	t, u := r.Copies.Totals(), human.UnitsOf(r.Copies)
	s.Say("copied %s in %s", u.Size(t.TotalBytes), u.Blocks(t.TotalBlocks))
}
