package wording

import (
	"fmt"
	"strings"
	"time"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/report/text"
	"heapprof/internal/report/view"
	"heapprof/internal/tracker"
)

// endFacts returns the lines that say which part of its program's life a profile is of, where it is not all until the program ended by itself.
func endFacts(p *profile.Profile) []text.Fact {
	if merged := MergedFacts(p); merged != nil {
		return append(RecordedFact(p), merged...)
	}
	return append(append(append(RecordedFact(p), AttachedFacts(p)...), DumpFact(p)...), outOfMemoryFact(p)...)
}

// RecordedFact returns the line that says which other tool recorded a profile, and whether its program ran on; nothing for one of
// heapprof's, and for one that does not say.
func RecordedFact(p *profile.Profile) []text.Fact {
	if p.Maker == "" {
		return nil
	}
	words := "by " + names.Printable(p.Maker)
	if p.Maker == "memray" {
		words += ", whose files do not say what they are of: taken for the peak, as without --leaks and --temporary-allocations"
	}
	if p.RunsOn {
		words += ", at one moment of a run"
	}
	return []text.Fact{{Label: "recorded", Text: words}}
}

// liveLabel is what the line is called that says what lives at a profile's end.
func liveLabel(p *profile.Profile) string {
	switch {
	case LivesOn(p) && p.Merged != nil:
		return "live at end"
	case LivesOn(p):
		return "live then"
	}
	return "live at exit"
}

// DumpFact returns the line that says why a profile was written before the program's end; nothing where it was not.
func DumpFact(p *profile.Profile) []text.Fact {
	if p.Recording == nil || p.Recording.Dump == nil {
		return nil
	}
	d, u := p.Recording.Dump, human.UnitsOf(p)
	when := "after " + u.Time(float64(p.EndTime))
	if start := p.Recording.Start; !start.IsZero() && p.Units.Time == "µs" {
		when = fmt.Sprintf("at %s, %s", start.Add(time.Duration(p.EndTime)*time.Microsecond).Local().Format(time.TimeOnly), when)
	}
	switch {
	case d.IsCut() && tracker.IsRecording(d.Recorder):
		return []text.Fact{{Label: "written", Text: when + ", by --flush: the recording goes on"}}
	case d.IsCut():
		return []text.Fact{{Label: "cut", Text: "the recording was cut " + when + ": heapprof was ended", Warning: true}}
	}
	return []text.Fact{{Label: "written", Text: when + dumpWords(d) + ": the program ran on"}}
}

// dumpWords says why a profile was written.
func dumpWords(d *profile.Dump) string {
	switch {
	case d.Use != nil:
		return ", at " + useWords(*d.Use)
	case d.Bytes != 0:
		return ", as " + human.Bytes(d.Bytes) + " lived"
	case d.Why == profile.DumpEvery:
		return ", by --every"
	case d.Mark != "":
		return ", at mark " + names.Printable(d.Mark)
	}
	return ""
}

// limitedWords are what limits memory.
var limitedWords = map[profile.LimitOf]string{
	profile.GroupLimit:   "that the control group may have",
	profile.AddressLimit: "of address space (ulimit -v)",
	profile.MachineLimit: "that the machine has",
}

// useWords says how much of a limit is used.
func useWords(u profile.MemoryUse) string {
	return strings.TrimSpace(human.Bytes(u.Used) + " of the " + human.Bytes(u.Limit) + " " + limitedWords[u.Of])
}

// OutOfMemoryWords says that the out-of-memory killer ended a program, and at how much.
func OutOfMemoryWords(o *profile.OutOfMemory) string {
	words := "was killed by the out-of-memory killer"
	switch {
	case o.Anonymous != 0 && o.Limit != 0:
		words += fmt.Sprintf(" at %s of the %s %s", human.Bytes(o.Anonymous), human.Bytes(o.Limit), limitedWords[o.Of])
	case o.Anonymous != 0:
		words += " at " + human.Bytes(o.Anonymous)
	}
	words = strings.TrimSpace(words)
	const worthALine = 20 // of so many parts one
	if o.Recorder >= o.Limit/worthALine && o.Limit != 0 && o.Recorder != 0 {
		words += fmt.Sprintf(", of which heapprof had %s", human.Bytes(o.Recorder))
	}
	return words
}

// outOfMemoryFact returns the line that says that the program was ended for want of memory.
func outOfMemoryFact(p *profile.Profile) []text.Fact {
	if p.Recording == nil || p.Recording.OutOfMemory == nil {
		return nil
	}
	return []text.Fact{{Label: "ended", Text: ProgramName(p) + " " + OutOfMemoryWords(p.Recording.OutOfMemory), Warning: true}}
}

// latelyFact returns the line that says how much the heap grew just before the end, and at which site most, where a profile
// was written because there was little memory left; where there was none a finding says it. If it did not grow there is nothing to say.
func latelyFact(s *view.Source) []text.Fact {
	p := s.Profile
	if p.Recording == nil || p.Span != nil || p.Units.Time != "µs" {
		return nil
	}
	if d := p.Recording.Dump; d == nil || d.Why != profile.DumpLimit {
		return nil
	}
	g, u := s.Lately(), human.UnitsOf(p)
	if g.Bytes <= 0 || g.Site == nil {
		return nil
	}
	return []text.Fact{{Label: "lately", Text: fmt.Sprintf("%s: %s", latelyWords(p.EndTime-g.From.Time, g.From.Kind == profile.AtStart, g.Bytes, g.Most, u), SiteWords(g.Site))}}
}

// latelyWords says how much was allocated and not freed in so many microseconds before the end, which may be since the start; and of that
// at one site.
func latelyWords(time uint64, isWhole bool, bytes, most int64, u human.Units) string {
	words := "since the start it grew by " + u.Size(uint64(bytes))
	if !isWhole {
		words = fmt.Sprintf("in the last %s it grew by %s", u.Time(float64(time)), u.Size(uint64(bytes)))
	}
	if most >= bytes {
		return words + ", all of it"
	}
	return fmt.Sprintf("%s, %s of it", words, u.Size(uint64(most)))
}
