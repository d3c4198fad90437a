package cmd

import (
	"fmt"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/text"
)

// attachedFacts returns the lines that say that a profile is of a program that ran already, of which part of its life, and what is
// in no number for that; nothing where the program was recorded from its start on.
func attachedFacts(p *profile.Profile) []text.Fact {
	if !p.IsAttached() {
		return nil
	}
	a, u := p.Recording.Attached, human.UnitsOf(p)
	u.Estimated = false
	words := fmt.Sprintf("to %s (pid %d) for %s", programName(p), p.PID, u.Time(float64(p.EndTime)))
	if a.Age != 0 {
		words += fmt.Sprintf(", %s after it began", u.Time(float64(a.Age)))
	}
	return []text.Fact{{Label: "attached", Text: words + leftWords(a.End)}, {Label: "earlier", Text: beforeWords(p)}}
}

// leftWords says why a recording ended that had come to a program which ran, where the program did not simply run on.
func leftWords(end profile.AttachEnd) string {
	switch end {
	case profile.AttachExited:
		return ", until it ended"
	case profile.AttachExec:
		return ", until it became another program"
	case profile.AttachForked:
		return ", which is a child that it forked meanwhile"
	}
	return ""
}

// beforeWords says what of the blocks is in no number that a program had before it was recorded.
func beforeWords(p *profile.Profile) string {
	a := p.Recording.Attached
	switch {
	case !p.Sampling.IsExact():
		return "blocks from before are in no number; which of them were freed is not known, as blocks are sampled"
	case a.FreedBefore == 0 && a.ResizedBefore == 0:
		return "blocks from before are in no number; none of them was freed or resized"
	}
	words := fmt.Sprintf("%s of blocks from before %s in no number", human.Counted(a.FreedBefore, "free"), isOrAre(a.FreedBefore))
	if a.ResizedBefore > 0 {
		words += fmt.Sprintf("; %s of them that %s resized %s as new from then on", human.Count(a.ResizedBefore), wasOrWere(a.ResizedBefore), countOrCounts(a.ResizedBefore))
	}
	return words
}

// isOrAre returns the verb for n things.
func isOrAre(n uint64) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func countOrCounts(n uint64) string {
	if n == 1 {
		return "counts"
	}
	return "count"
}

// livesOn reports whether a profile tells nothing of how its program left its heap: it was written while that went on, or
// is of a part of its life.
func livesOn(p *profile.Profile) bool {
	return p.Recording != nil && (p.Recording.Dump != nil || p.Recording.Attached != nil)
}

// endLabel is what the end of a profile is called.
func endLabel(p *profile.Profile) string {
	if livesOn(p) {
		return "at the end"
	}
	return "at exit"
}

// attachedStatus says in a few words what became of a program that was recorded for a part of its life.
func attachedStatus(p *profile.Profile) string {
	u := human.UnitsOf(p)
	u.Estimated = false
	words := fmt.Sprintf("attached for %s", u.Time(float64(p.EndTime)))
	switch p.Recording.Attached.End {
	case profile.AttachExited, profile.AttachExec:
		return words + leftWords(p.Recording.Attached.End)
	}
	return words + ", ran on"
}
