package human

import (
	"cmp"
	"fmt"
	"math"
	"strings"
	"time"

	"heapprof/internal/report/names"

	"heapprof/internal/profile"
)

// Units writes the numbers of one profile for people: it knows what they count.
type Units struct {
	One, Many  string // what a size counts: "byte" and "bytes", unless the profile names others
	BlockName  string // what a number of blocks counts, of several: "blocks"
	TimeName   string // what a duration counts: "µs", "instrs"
	manyOfTime string // a million of these: "s", "Minstr"; empty where the profile has no word for it
	renamed    bool   // metrics are called after what is counted: see Metric

	extraBytes, extraCounts [3]string // what the profile's maker calls ExtraBytes 1 to 3, and ExtraCount 1 to 3

	Estimated bool // the numbers are estimates, which a ~ before them says
}

// ExtraBytes and ExtraCount begin the names of metrics that only a profile's maker knows, before a number: of what counts
// bytes the first ones of profile.Extra, of all others the last ones.
const (
	ExtraBytes = "extra-bytes-"
	ExtraCount = "extra-count-"
)

// nameExtra takes the names of what only the profile's maker knows.
func (u *Units) nameExtra(all []profile.Extra) {
	for i := range min(len(all), len(u.extraBytes)) {
		if x := all[i]; x.CountsBytes() {
			u.extraBytes[i] = names.Printable(x.Name)
		}
		if x := all[len(all)-1-i]; !x.CountsBytes() {
			u.extraCounts[i] = names.Printable(x.Name)
			if x.Unit != "" && x.Unit != "count" {
				u.extraCounts[i] += "/" + names.Printable(x.Unit)
			}
		}
	}
}

// extra returns what the profile's maker calls a metric; "" for any other.
func (u Units) extra(name string) string {
	for i := range u.extraBytes {
		switch digit := string(rune('1' + i)); name {
		case ExtraBytes + digit:
			return u.extraBytes[i]
		case ExtraCount + digit:
			return u.extraCounts[i]
		}
	}
	return ""
}

// UnitsOf returns the units of a profile.
func UnitsOf(p *profile.Profile) Units {
	or := func(text, otherwise string) string { return cmp.Or(names.Printable(text), otherwise) }
	u := Units{
		One: or(p.Units.Unit, "byte"), BlockName: or(p.Units.Blocks, "blocks"),
		TimeName: names.Printable(p.Units.Time), manyOfTime: names.Printable(p.Units.MegaTime),
		Estimated: !p.Sampling.IsExact(),
	}
	u.Many = or(p.Units.Units, u.One+"s")
	measure := p.Measure()
	if measure == profile.CopiedBytes && !p.Units.HasByUnits {
		u.BlockName = "copies"
	}
	u.renamed = measure.IsOfCalls()
	u.nameExtra(p.Extra)
	return u
}

// Verb returns what a profile says of what it counts: "allocated", "copied", "occurred"; "" where it has no
// word for that.
func Verb(p *profile.Profile) string {
	verb := strings.ToLower(names.Printable(p.Verb))
	if verb == "allocated" && p.Measure() == profile.CountedEvents {
		return "occurred" // dhat-rs calls events allocated, too
	}
	return verb
}

// Metric returns what a table calls a metric with the name that every command takes: of copies and events
// total-copies, total-units, since they are neither blocks nor bytes.
func (u Units) Metric(name string) string {
	if own := u.extra(name); own != "" {
		return own
	}
	if !u.renamed {
		return name
	}
	if kind, ok := strings.CutSuffix(name, "-blocks"); ok {
		return kind + "-" + u.BlockName
	}
	if kind, ok := strings.CutSuffix(name, "-bytes"); ok {
		return kind + "-" + u.Many
	}
	return name
}

// Size returns an amount of bytes with three significant digits, 1.50 MiB, or of another
// unit with its name, 1,500 units.
func (u Units) Size(n uint64) string {
	if u.One != "byte" {
		return u.Count(n) + " " + u.Many
	}
	return u.Mark() + Bytes(n)
}

// Count returns a number of blocks, or of whatever else the profile counts.
func (u Units) Count(n uint64) string { return u.Mark() + Count(n) }

// Percent writes part of whole with one decimal; "" where whole is 0.
func (u Units) Percent(part, whole uint64) string {
	if whole == 0 {
		return ""
	}
	return u.Percentage(100 * float64(part) / float64(whole))
}

// Percentage writes a percentage with one decimal, which never rounds something to
// nothing nor nearly all to all.
func (u Units) Percentage(v float64) string { return u.Mark() + percentage(v) }

// Average writes an average of durations, each in the profile's time unit.
func (u Units) Average(t float64) string { return u.Mark() + u.Time(t) }

// Mark is put before a number that is an estimate.
func (u Units) Mark() string {
	if u.Estimated {
		return "~"
	}
	return ""
}

// Cell returns what Size does, for a column of a table: without the name of a unit that is
// not bytes.
func (u Units) Cell(n uint64) string {
	if u.One != "byte" {
		return u.Count(n)
	}
	return u.Mark() + Bytes(n)
}

// Blocks returns a number of blocks with their name.
func (u Units) Blocks(n uint64) string {
	name := u.BlockName
	if n == 1 {
		if stem, ok := strings.CutSuffix(name, "ies"); ok {
			name = stem + "y"
		}
		name = strings.TrimSuffix(name, "s")
	}
	return u.Count(n) + " " + name
}

// Time returns a duration in the profile's time unit: as seconds and their parts if that is
// µs, else as instrs, Kinstr, Minstr.
func (u Units) Time(t float64) string {
	if u.TimeName == "µs" || u.TimeName == "us" {
		return microseconds(t)
	}
	if u.TimeName == "instrs" {
		return scaled(t, 1000, []string{" instrs", " Kinstr", " Minstr", " Ginstr", " Tinstr"})
	}
	if t >= 1e6 && u.manyOfTime != "" {
		return significant(t/1e6) + " " + u.manyOfTime
	}
	return strings.TrimSpace(significant(t) + " " + u.TimeName)
}

func microseconds(t float64) string {
	switch {
	case t == 0:
		return "0 s"
	case t < 999.5:
		return significant(t) + " µs"
	case t < 999.5e3:
		return significant(t/1e3) + " ms"
	case t < 600e6:
		return significant(t/1e6) + " s"
	}
	s := int64(math.Round(t / 1e6))
	if s >= 3600 {
		return fmt.Sprintf("%d h %02d min", s/3600, s%3600/60)
	}
	return fmt.Sprintf("%d min %02d s", s/60, s%60)
}

// TimeUnit returns how long a profile's time unit is, by its name; ok is false for one that counts
// something else, as instructions.
func TimeUnit(name string) (unit time.Duration, ok bool) {
	unit, ok = map[string]time.Duration{
		"ns": time.Nanosecond, "µs": time.Microsecond, "us": time.Microsecond, "ms": time.Millisecond, "s": time.Second,
	}[name]
	return unit, ok
}
