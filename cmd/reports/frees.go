package reports

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"heapprof/internal/report/view"
)

// freesFlags are the flags of report for where blocks were freed.
type freesFlags struct{ who bool }

// add defines the flags on the command of reports, and says of --sort what it takes of these.
func (f *freesFlags) add(c *cobra.Command) {
	flags := c.Flags()
	flags.BoolVar(&f.who, "who-frees", false, "show for each site where its blocks were freed (run --frees)")
	flags.Lookup("sort").Usage += "; with --by drop and --who-frees: " + strings.Join(view.FreedMetricNames(), ", ")
}

// errFreesOfMappings is the error for a view of frees of what has none.
var errFreesOfMappings = errors.New("where mappings were unmapped is not recorded: leave out --mappings, or --by drop and --who-frees")

func errNoFrees(name string) error {
	return fmt.Errorf("%s does not tell where blocks were freed: heapprof run --frees records it", name)
}
