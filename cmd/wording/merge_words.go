package wording

import (
	"fmt"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/report/text"
)

// CommandWords returns the command line of the recorded program, or those of several, in one line.
func CommandWords(p *profile.Profile) string {
	one := func(command string) string { return strings.Join(strings.Fields(names.Printable(command)), " ") }
	if len(p.Merged) < 2 {
		return one(p.Command)
	}
	const most = 3
	var all []string
	for _, part := range p.Merged[:min(most, len(p.Merged))] {
		all = append(all, one(part.Command))
	}
	words := strings.Join(all, "; ")
	if more := len(p.Merged) - most; more > 0 {
		words += "; " + human.Count(uint64(more)) + " more"
	}
	return words
}

// MergedFacts returns the line that says of how many processes a merged profile is, and which of them had no end; nothing for
// one of one process.
func MergedFacts(p *profile.Profile) []text.Fact {
	n := p.MergedProfiles()
	if n == 0 {
		return nil
	}
	words := human.Counted(n, "profile")
	if len(p.Merged) > 1 {
		words += fmt.Sprintf(", %s", human.Counted(uint64(len(p.Merged)), "command line"))
	}
	if r := p.Recording; r != nil {
		switch {
		case r.Attached != nil:
			words += "; some were attached to programs that ran already"
		case r.Dump != nil:
			words += "; some were written while their programs ran on"
		}
		if r.Signal != 0 || r.ExitCode != 0 {
			words += "; a program " + EndWords(r.Signal, r.ExitCode)
		}
	}
	facts := []text.Fact{{Label: "merged", Text: words}}
	if p.IsAttached() {
		facts = append(facts, text.Fact{Label: "earlier", Text: BeforeWords(p)})
	}
	return facts
}

// PeakWhen says when the peak of a profile was, after a comma, or that it is of several; "" where it is not known.
func PeakWhen(p *profile.Profile, u human.Units) string {
	if p.Merged != nil {
		return ", " + PeaksAdded(p)
	}
	if p.EndTime == 0 || !p.KnowsPeakTime() {
		return ""
	}
	return fmt.Sprintf(", at %s%s of %s", u.Mark(), u.Time(float64(p.PeakTime)), u.Time(float64(p.EndTime)))
}

// PeaksAdded says what the peak of a merged profile is.
func PeaksAdded(p *profile.Profile) string {
	return fmt.Sprintf("%s added: at one time there was that or less", human.Counted(p.MergedProfiles(), "peak"))
}

// OfOneProcess says why a merged profile does not tell what one process's may.
const OfOneProcess = "it is of several processes: look at the profile of one"

// MakerWords names the tool that made a profile.
func MakerWords(p *profile.Profile) string {
	if tool := otherTool(p); tool != "" {
		return tool
	}
	return "heapprof"
}
