//go:build linux

package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
	"time"
)

// printTable writes the results as a table, and below it what was not as it should be.
func printTable(w io.Writer, results []*result) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "program\tcycles\trefused\tcrashes\tright answers\twrong\tother faults\tpause median\tp99\tworst\tto begin\tto end\trecorded calls\tmappings\tVmSize\ttook\t\n")
	for _, r := range results {
		if r.skipped != "" {
			continue
		}
		crashes := 0
		if r.crashed {
			crashes = 1
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t%s\t%s\t%s\t%d\t%+d\t%+d KiB\t%s\t\n", r.name, r.cycles, r.refused, crashes, r.right, r.wrong, len(r.faults),
			quantile(r.pauses, 0.5), quantile(r.pauses, 0.99), quantile(r.pauses, 1), quantile(r.began, 0.5), quantile(r.ended, 0.5),
			r.calls, r.grownMaps, r.grown>>10, r.took.Round(time.Second))
	}
	t.Flush()
	for _, r := range results {
		if r.skipped != "" {
			fmt.Fprintf(w, "%s is left out: %s\n", r.name, r.skipped)
		}
		for _, text := range slices.Sorted(maps.Keys(r.refusals)) {
			fmt.Fprintf(w, "%s refused %d times: %s\n", r.name, r.refusals[text], text)
		}
		for _, kind := range slices.Sorted(maps.Keys(r.faults)) {
			f := r.faults[kind]
			fmt.Fprintf(w, "%s: %.500s (%d times)\n", r.name, f.first, f.times)
		}
	}
}

// quantile returns the duration that a share of all are at most as long as, in words.
func quantile(all []time.Duration, share float64) string {
	if len(all) == 0 {
		return "-"
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[min(int(share*float64(len(sorted))), len(sorted)-1)].Round(10 * time.Microsecond).String()
}
