package wording

import (
	"fmt"

	"heapprof/internal/profile"
	"heapprof/internal/report/finding"
	"heapprof/internal/report/human"
)

// outOfMemoryFindings are the words of findings about a program that was ended for want of memory.
var outOfMemoryFindings = map[finding.Code]heapWords{
	finding.OutOfMemory: {
		Title: "out of memory",
		whole: func(f finding.Finding, u human.Units) string {
			e := f.Grounds.(*finding.LastGrowth)
			return fmt.Sprintf("%s: %s", latelyWords(uint64(1e6*e.Seconds), e.Whole, e.Grew, e.Most, u), foundAt(f))
		},
		amount: func(f finding.Finding, u human.Units) string {
			return u.Size(uint64(f.Grounds.(*finding.LastGrowth).Most))
		},
		Evidence: func(f finding.Finding, u human.Units) []string {
			e := f.Grounds.(*finding.LastGrowth)
			o := profile.OutOfMemory{MemoryUse: profile.MemoryUse{Of: e.Of, Limit: e.Limit}, Anonymous: e.Anonymous, Recorder: e.Recorder}
			return []string{"The program " + OutOfMemoryWords(&o) + "."}
		},
		Mistaken: "what grew last is what the program needs, and something else should hold less, or the limit is too low",
		Try: func(f finding.Finding, l profile.Language) []string {
			return []string{
				"See what the program held then, and what of that should have been freed: report, report --tree.",
				"Where it comes again: run --dump-at 70% keeps what lived before the end, and diff of that and this what came since.",
			}
		},
	},
}
