package budget

import (
	"math/bits"
	"strconv"
	"strings"
)

// Percent is a percentage in millionths of a percent, so that what it is of an amount is exact.
type Percent uint64

// onePercent is 1%, and maxPercent as much as a percentage may be.
const (
	onePercent Percent = 1_000_000
	maxPercent         = 1_000_000 * onePercent
)

// Of returns the percentage of an amount, rounded down, and as much as 64 bits hold if it is more.
func (p Percent) Of(n uint64) uint64 {
	hi, lo := bits.Mul64(uint64(p), n)
	const whole = uint64(100 * onePercent)
	if hi >= whole {
		return ^uint64(0)
	}
	q, _ := bits.Div64(hi, lo, whole)
	return q
}

// Float returns the percentage as a number: 2.5 of 2.5%.
func (p Percent) Float() float64 { return float64(p) / float64(onePercent) }

// String returns the percentage as it is parsed: "2.5%".
func (p Percent) String() string { return strconv.FormatFloat(p.Float(), 'f', -1, 64) + "%" }

// ParsePercent reads "2%" or "0.5 %", up to a million and with at most six decimals.
func ParsePercent(text string) (p Percent, ok bool) {
	number, ok := strings.CutSuffix(strings.TrimSpace(text), "%")
	if !ok {
		return 0, false
	}
	whole, fraction, dotted := strings.Cut(strings.TrimSpace(number), ".")
	const decimals = 6
	if len(fraction) > decimals || dotted && fraction == "" {
		return 0, false
	}
	digits := whole + fraction + strings.Repeat("0", decimals-len(fraction))
	if whole == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	return Percent(n), err == nil && Percent(n) <= maxPercent
}
