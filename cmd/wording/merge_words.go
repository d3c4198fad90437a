package wording

import (
	"fmt"
	"slices"
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
		if r.Signal != 0 || r.ExitCode > 0 {
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

// PeaksAdded says what the peak of a merged profile is, and how much there was at one time, as far as that is known.
func PeaksAdded(p *profile.Profile) string {
	added := human.Counted(p.MergedProfiles(), "peak") + " added: "
	if r := p.Recording; r != nil && r.Joint != nil {
		var sum uint64
		for _, l := range r.Joint.Lives {
			sum += l.PeakBytes
		}
		u := human.UnitsOf(p)
		switch least, most := r.Joint.Most(); {
		case least == most:
			return added + "the most at one time was " + u.Size(most)
		case most < sum:
			return fmt.Sprintf("%sat one time there was %s or less", added, u.Size(most))
		}
	}
	return added + "at one time there was that or less"
}

// jointFacts returns what lived over time in the processes of a merged profile as a small picture; nothing where that is not known.
func jointFacts(p *profile.Profile, width int) []text.Fact {
	const (
		widest = 40 // columns of the picture, as of one process's
		words  = 50 // columns beside it, at most
	)
	columns := min(widest, factWidth(width)-words)
	if p.Recording == nil || p.Recording.Joint == nil || p.Span != nil || columns < 8 {
		return nil
	}
	j := p.Recording.Joint
	span := j.Span()
	if len(j.Course) < columns || span == 0 {
		return nil
	}
	// Each column has the most that lived in its time. What lives at a reading does until the next one.
	live := make([]uint64, columns)
	for i, r := range j.Course {
		until := span
		if i+1 < len(j.Course) {
			until = j.Course[i+1].Time
		}
		column := func(time uint64) int { return min(int(float64(time)/float64(span)*float64(columns)), columns-1) }
		from := column(r.Time)
		live[from] = max(live[from], r.Bytes)
		for c := from + 1; c < column(until); c++ {
			live[c] = r.Bytes
		}
	}
	most := slices.Max(live)
	if most == 0 {
		return nil
	}
	u := human.UnitsOf(p)
	return []text.Fact{{Label: "live", Text: fmt.Sprintf("%s  %s at most, one process after another in %s", human.Sparkline(live, most), u.Size(most), u.Time(float64(span)))}}
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
