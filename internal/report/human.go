package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"heapprof/internal/dhat"
)

// Units writes the numbers of one profile for people.
type Units struct {
	bytes  bool // sizes are bytes, so KiB and MiB make sense
	one    string
	many   string
	blocks string
	time   string
	mega   string
}

// UnitsOf returns the units of a profile.
func UnitsOf(p *dhat.Profile) Units {
	u := Units{
		one: Printable(p.Units.Unit), many: Printable(p.Units.Units), blocks: Printable(p.Units.Blocks),
		time: Printable(p.Units.Time), mega: Printable(p.Units.MegaTime),
	}
	if u.one == "" {
		u.one = "byte"
	}
	if u.many == "" {
		u.many = u.one + "s"
	}
	if u.blocks == "" {
		u.blocks = "blocks"
	}
	u.bytes = u.one == "byte"
	return u
}

// Size writes an amount of bytes with three significant digits, 1.50 MiB, or
// of another unit with its name, 1,500 units.
func (u Units) Size(n uint64) string {
	if !u.bytes {
		return Count(n) + " " + u.many
	}
	return Bytes(n)
}

// units are those of a report's profile, and of the second one of a diff.
func (v *View) units() Units { return UnitsOf(v.Profiles[len(v.Profiles)-1]) }

// size is Size without a unit's name where that is not bytes, for columns.
func (u Units) size(n uint64) string {
	if !u.bytes {
		return Count(n)
	}
	return Bytes(n)
}

// Blocks writes a number of blocks with their name.
func (u Units) Blocks(n uint64) string {
	name := u.blocks
	if n == 1 {
		name = strings.TrimSuffix(name, "s")
	}
	return Count(n) + " " + name
}

// Time writes a duration in the profile's time unit: as seconds and their
// parts where that is µs, else as instrs, Kinstr, Minstr.
func (u Units) Time(t float64) string {
	if u.time == "µs" || u.time == "us" {
		return microseconds(t)
	}
	if u.time == "instrs" {
		return scaled(t, 1000, []string{" instrs", " Kinstr", " Minstr", " Ginstr", " Tinstr"})
	}
	if t >= 1e6 && u.mega != "" {
		return significant(t/1e6) + " " + u.mega
	}
	return strings.TrimSpace(significant(t) + " " + u.time)
}

// Bytes writes a size with three significant digits and a binary unit.
func Bytes(n uint64) string {
	if n < 1024 {
		return strconv.FormatUint(n, 10) + " B"
	}
	return scaled(float64(n), 1024, []string{" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"})
}

// Count writes a number with its thousands separated.
func Count(n uint64) string {
	s := strconv.FormatUint(n, 10)
	if len(s) <= 3 {
		return s
	}
	var b strings.Builder
	head := len(s) % 3
	if head > 0 {
		b.WriteString(s[:head])
	}
	for i := head; i < len(s); i += 3 {
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		b.WriteString(s[i : i+3])
	}
	return b.String()
}

// Percent writes part of whole with one decimal; "" where whole is 0.
func Percent(part, whole uint64) string {
	if whole == 0 {
		return ""
	}
	return percent(100 * float64(part) / float64(whole))
}

func percent(v float64) string {
	switch {
	case v > 0 && v < 0.05:
		return "<0.1%" // there is some: 0.0 would deny it
	case v < 100 && v >= 99.95:
		return "99.9%" // not all of it
	}
	return strconv.FormatFloat(v, 'f', 1, 64) + "%"
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

// scaled divides v by base until it is below it and appends the unit.
func scaled(v, base float64, units []string) string {
	i := 0
	// 999.5 rounds to four digits, which is the next unit's business if the
	// base is 1000; a binary unit goes up to 1023.
	limit := base - 0.5
	for v >= limit && i < len(units)-1 {
		v /= base
		i++
	}
	if i == 0 && v == math.Trunc(v) {
		return strconv.FormatFloat(v, 'f', 0, 64) + units[0]
	}
	return significant(v) + units[i]
}

// significant writes v with three significant digits, without an exponent.
func significant(v float64) string {
	switch a := math.Abs(v); {
	case a == 0:
		return "0"
	case a < 0.0095:
		return strconv.FormatFloat(v, 'g', 2, 64)
	case a < 9.995:
		return strconv.FormatFloat(v, 'f', 2, 64)
	case a < 99.95:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 0, 64)
}
