package cmd

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

// endFacts returns the lines that say why a profile ends, where it is not that the program ended by itself.
func endFacts(p *profile.Profile) []text.Fact { return append(dumpFact(p), outOfMemoryFact(p)...) }

// liveLabel is what the line is called that says what lives at a profile's end.
func liveLabel(p *profile.Profile) string {
	if p.Recording != nil && p.Recording.Dump != nil {
		return "live then"
	}
	return "live at exit"
}

// dumpFact returns the line that says why a profile was written before the program's end; nothing where it was not.
func dumpFact(p *profile.Profile) []text.Fact {
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

// outOfMemoryWords says that the out-of-memory killer ended a program, and at how much.
func outOfMemoryWords(o *profile.OutOfMemory) string {
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
	return []text.Fact{{Label: "ended", Text: programName(p) + " " + outOfMemoryWords(p.Recording.OutOfMemory), Warning: true}}
}

// lately is over which time before the end growth is told of.
const lately = 10 * time.Second

// latelyFact returns the line that says how much the heap grew just before the end, and at which site most, where a profile
// ends for want of memory, or because there was little left. It is since the last moment that was so long before the end
// and at which all is known, or since the start. Where it did not grow there is nothing to say.
func latelyFact(s *view.Source) []text.Fact {
	p := s.Profile
	if p.Recording == nil || p.Span != nil || p.Units.Time != "µs" {
		return nil
	}
	if d := p.Recording.Dump; p.Recording.OutOfMemory == nil && (d == nil || d.Why != profile.DumpLimit) {
		return nil
	}
	from := profile.Instant{Kind: profile.AtStart}
	for _, at := range p.Instants() {
		if at.Kind == profile.AtMoment && at.Time+uint64(lately.Microseconds()) <= p.EndTime {
			from = at
		}
	}
	g, u := s.IncreaseSince(from), human.UnitsOf(p)
	if g.Bytes <= 0 || g.Site == nil {
		return nil
	}
	words := "since the start it grew by " + u.Size(uint64(g.Bytes))
	if from.Kind == profile.AtMoment {
		words = fmt.Sprintf("in the last %s it grew by %s", u.Time(float64(p.EndTime-from.Time)), u.Size(uint64(g.Bytes)))
	}
	share := "all"
	if g.Most < g.Bytes {
		share = u.Size(uint64(g.Most))
	}
	return []text.Fact{{Label: "lately", Text: fmt.Sprintf("%s, %s of it: %s", words, share, siteWords(g.Site))}}
}
