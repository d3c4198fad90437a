package wording

import (
	"fmt"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/label"
	"heapprof/internal/report/text"
)

// onlyThreadsFact says whose blocks alone a report has; nothing where it has those of all.
func onlyThreadsFact(p *profile.Profile) []text.Fact {
	if p.OnlyThreads == nil {
		return nil
	}
	n := uint64(0)
	var all []string
	for i := range p.OnlyThreads {
		t := &p.OnlyThreads[i]
		n += t.Threads
		name := label.Thread(t, p.PID)
		if t.ID != 0 {
			name += fmt.Sprintf(" (%d)", t.ID)
		}
		all = append(all, name)
	}
	if len(all) == 1 {
		return []text.Fact{{Label: "thread", Text: all[0]}}
	}
	return []text.Fact{{Label: "threads", Text: fmt.Sprintf("%s: %s", human.Count(n), SomeNames(all))}}
}

// ofWholePeak says of a peak that it is not that of the threads which a report is of; "" where it is of all, or of several processes.
func ofWholePeak(p *profile.Profile) string {
	if p.OnlyThreads == nil || p.Merged != nil {
		return ""
	}
	return ", at the peak of the whole program"
}
