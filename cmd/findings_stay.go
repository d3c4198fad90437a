package cmd

import (
	"fmt"

	"heapprof/internal/profile"
	"heapprof/internal/report/finding"
	"heapprof/internal/report/human"
)

// stayWords are the words of findings about how long blocks stay.
var stayWords = map[finding.Code]heapWords{
	finding.Grows: {
		title: "grows without end",
		details: func(f finding.Finding, u human.Units) []string {
			e := f.Grounds.(*finding.Growing)
			return []string{
				fmt.Sprintf("+%s/s", u.Size(uint64(e.PerSecond))),
				fmt.Sprintf("%s of %s freed", u.Count(e.Freed), u.Blocks(e.Blocks)),
			}
		},
		evidence: func(f finding.Finding, u human.Units) []string {
			e := f.Grounds.(*finding.Growing)
			return []string{
				fmt.Sprintf("After the first fifth of the run it held more in %d of %d equal windows, %s more each second.",
					e.Rising, e.Windows, u.Size(uint64(e.PerSecond))),
				fmt.Sprintf("Of %s %s were freed.", u.Blocks(e.Blocks), u.Count(e.Freed)),
			}
		},
		mistaken: "the program gathers all of its data, works on it and ends",
		try: func(f finding.Finding, l profile.Language) []string {
			return []string{"Free what is no longer needed, or bound how much is kept (a cache with a limit)."}
		},
	},
}
