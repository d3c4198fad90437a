package human

import (
	"math"
	"strconv"
	"strings"
)

// Bytes returns a size with three significant digits and a binary unit.
func Bytes(n uint64) string {
	if n < 1024 {
		return strconv.FormatUint(n, 10) + " B"
	}
	return scaled(float64(n), 1024, []string{" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"})
}

// Sparkline draws values as bars of eighths of a line, of which the scale is the highest; 0 is a
// space.
func Sparkline(values []uint64, scale uint64) string {
	bars := []rune(" ▁▂▃▄▅▆▇█")
	line := make([]rune, len(values))
	for i, v := range values {
		height := 0
		if v > 0 && scale > 0 {
			height = max(1, int(float64(v)/float64(scale)*float64(len(bars)-1)+0.5))
		}
		line[i] = bars[min(height, len(bars)-1)]
	}
	return string(line)
}

// Count returns a number with its thousands separated.
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

// Counted returns a number of things: "1 block", "2,000 libraries".
func Counted(n uint64, noun string) string { return Count(n) + " " + Plural(n, noun) }

// Sign returns what stands before the size of a change that is below, at or above 0.
func Sign(n int) string {
	switch {
	case n < 0:
		return "−"
	case n > 0:
		return "+"
	}
	return ""
}

// Plural returns an English noun as it is after the number n.
func Plural(n uint64, noun string) string {
	switch {
	case n == 1:
		return noun
	case strings.HasSuffix(noun, "s"):
		return noun + "es"
	case strings.HasSuffix(noun, "y") && !strings.HasSuffix(noun, "ay"):
		return strings.TrimSuffix(noun, "y") + "ies"
	}
	return noun + "s"
}

// percentage writes a percentage with one decimal, which never rounds something to
// nothing nor nearly all to all.
func percentage(v float64) string {
	switch {
	case v > 0 && v < 0.05:
		return "<0.1%" // there is some: 0.0 would deny it
	case v < 100 && v >= 99.95:
		return "99.9%" // not all of it
	}
	return strconv.FormatFloat(v, 'f', 1, 64) + "%"
}

// Margin writes how far an estimate may be off, in percent of it: "±12%".
func Margin(margin, estimate float64) string {
	percent := 100 * margin / estimate
	if percent > 0 && percent < 0.5 {
		return "±<1%"
	}
	return "±" + Count(uint64(math.Round(percent))) + "%"
}

// scaled returns v divided by base until it is below that, with the unit for it.
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

// significant returns v with three significant digits, without an exponent.
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
