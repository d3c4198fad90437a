package budget

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"heapprof/internal/report/human"
	"heapprof/internal/report/view"
)

// Limit is how much there may be of a metric, or by how much it may increase.
type Limit struct {
	// Metric is what is limited; "" in an increase: each of Increasing.
	Metric Metric
	// At leaves what has a frame or a type that matches, as a report's focus does; nil: everything.
	At *regexp.Regexp

	Amount    uint64 // in the metric's unit, if not IsPercent
	Percent   Percent
	IsPercent bool // of what Whole says, or of an increase of what was before
}

// Increasing returns the metrics that an increase is of that names none.
func Increasing() []Metric {
	return []Metric{Metric(view.PeakBytes.String()), Metric(view.TotalBytes.String()), Metric(view.TotalBlocks.String()), LeakedBytes}
}

// String returns the limit as it is parsed, without the spaces.
func (l Limit) String() string {
	amount := strconv.FormatUint(l.Amount, 10)
	if l.IsPercent {
		amount = l.Percent.String()
	}
	if l.Metric == "" {
		return amount
	}
	return l.Subject() + "=" + amount
}

// Subject returns what the limit is of, as it is parsed: "peak-bytes@parse_config".
func (l Limit) Subject() string {
	if l.At == nil {
		return string(l.Metric)
	}
	return string(l.Metric) + "@" + l.At.String()
}

// Part is what a percentage of a metric is a percentage of.
type Part uint8

// The parts.
const (
	OfNothing   Part = iota // it has no percentage
	OfProgram               // of the same metric of the whole program
	OfAllocated             // of the bytes or blocks that the same code allocated in all
	OfBlocks                // of the blocks that the same code allocated, each counted once however often it was resized
)

// Whole returns what a percentage is of, of a limit that is no increase.
func (l Limit) Whole() Part {
	switch m := l.Metric.unfreed(); {
	case m == view.TemporaryBlocks:
		return OfBlocks
	case m != view.TotalBytes && m != view.TotalBlocks && m != view.PeakBytes && m != view.PeakBlocks:
		return OfAllocated
	case l.At != nil:
		return OfProgram
	}
	return OfNothing
}

// ErrNoMetric is the error for a limit that names no metric.
var ErrNoMetric = errors.New("it names no metric")

// ParseLimit reads a limit: METRIC=AMOUNT or METRIC@RE=AMOUNT, where AMOUNT is a size as 10MiB of
// bytes, a number of blocks, or a percentage. Errors are ErrNoMetric, *names.UnknownName, or have
// words that follow the limit.
func ParseLimit(text string) (Limit, error) {
	l, err := parse(text, false)
	if err == nil && l.IsPercent && l.Whole() == OfNothing {
		return Limit{}, fmt.Errorf("%s of a whole program is a percentage of nothing: write an amount, as %s", l.Metric, example(l.Metric))
	}
	return l, err
}

// ParseIncrease reads by how much a metric may increase: what ParseLimit reads, where a percentage is one of what
// was before, or a percentage alone, for each of Increasing. Errors are as ParseLimit's.
func ParseIncrease(text string) (Limit, error) {
	if p, ok := ParsePercent(text); ok {
		return Limit{Percent: p, IsPercent: true}, nil
	}
	return parse(text, true)
}

// parse reads a limit. That of an increase is a percentage of what was before, which every metric has.
func parse(text string, increase bool) (Limit, error) {
	end := strings.LastIndexByte(text, '=')
	if end < 0 {
		return Limit{}, ErrNoMetric
	}
	subject, amount := text[:end], strings.TrimSpace(text[end+1:])
	name, at, hasAt := strings.Cut(subject, "@")
	var l Limit
	var err error
	if l.Metric, err = ParseMetric(strings.TrimSpace(name)); err != nil {
		return Limit{}, err
	}
	if hasAt {
		// A space around it belongs to how the limit is written: with it nothing would match, and the limit be kept.
		if at = strings.TrimSpace(at); at == "" {
			return Limit{}, errors.New("a regular expression must follow the @")
		}
		if l.At, err = regexp.Compile(at); err != nil {
			return Limit{}, fmt.Errorf("%q is not a regular expression: %s", at, strings.TrimPrefix(err.Error(), "error parsing regexp: "))
		}
	}
	if l.Percent, l.IsPercent = ParsePercent(amount); l.IsPercent {
		return l, nil
	}
	ok := false
	if l.Metric.Unit() == view.UnitBytes {
		l.Amount, ok = human.ParseSize(amount)
	} else {
		l.Amount, err = strconv.ParseUint(amount, 10, 63)
		ok = err == nil
	}
	if !ok {
		written := example(l.Metric)
		if increase || l.Whole() != OfNothing {
			written += ", or a percentage as 5%"
		}
		return Limit{}, fmt.Errorf("%q is no amount of %s: write it as %s", amount, l.Metric, written)
	}
	return l, nil
}

// example returns an amount of the metric as it is to be written.
func example(m Metric) string {
	if m.Unit() == view.UnitBytes {
		return "64KiB"
	}
	return "5000"
}
