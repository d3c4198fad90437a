// Package ci writes what came of budgets in the forms that systems of continuous integration
// read: GitHub's workflow commands, JUnit's XML, JSON, and Markdown for the comment of a pull
// request. What is said of a limit comes in words; names in them may be anything, and change
// no form. It imports text.
package ci

import "slices"

// Outcome is what came of a limit, or of a check.
type Outcome string

// The outcomes, the worst first.
const (
	Broken   Outcome = "broken"   // the program failed by itself, or could not be checked
	Exceeded Outcome = "exceeded" // there is more than is allowed
	Unknown  Outcome = "unknown"  // it cannot be judged
	Doubtful Outcome = "doubtful" // the value is an estimate, and the limit within its margin
	Skipped  Outcome = "skipped"  // it is not judged, as what it is of cannot be there
	Kept     Outcome = "kept"
)

// IsFailure reports whether the outcome is one for which a build fails.
func (o Outcome) IsFailure() bool { return o == Broken || o == Exceeded || o == Unknown }

// Check is what came of the budgets of one profile: of one process, or of a test.
type Check struct {
	Name    string  `json:"name"`    // of the program, or of the test
	Group   string  `json:"group"`   // what it belongs to, such as the program of a test; "" for nothing
	Profile string  `json:"profile"` // its file; "" where it was not kept
	Seconds float64 `json:"seconds"` // that it took; 0 where that is not known

	Measured *Measured `json:"measured,omitempty"` // of a test, what it had; nil: that is not known

	Outcome  Outcome  `json:"outcome"` // the worst of its limits, or Broken
	Failure  string   `json:"failure"` // of what is Broken: why, in words
	Limits   []Limit  `json:"limits"`
	Findings []string `json:"findings"` // what a reader should know besides, in words
}

// Measured is what a test had of the heap.
type Measured struct {
	TotalBytes  uint64 `json:"total_bytes"`
	TotalBlocks uint64 `json:"total_blocks"`
	PeakBytes   uint64 `json:"peak_bytes"`
	EndBytes    uint64 `json:"end_bytes"`
}

// Limit is one limit, and what came of it. Amounts are bytes or blocks.
type Limit struct {
	Budget   string  `json:"budget"`   // its name in heapprof.toml; "" where it has none
	Subject  string  `json:"limit"`    // what is limited: "peak-bytes@parse_config"
	Increase bool    `json:"increase"` // it is one of what there is more than in the baseline
	Outcome  Outcome `json:"outcome"`

	Value   uint64 `json:"value"`
	Low     uint64 `json:"low"`     // what an estimate is at least, 19 times in 20; of exact values the value
	High    uint64 `json:"high"`    // what it is at most
	Before  uint64 `json:"before"`  // in the baseline, of an increase
	Most    uint64 `json:"most"`    // that is allowed
	Allowed uint64 `json:"allowed"` // that with what is tolerated
	Sites   []Site `json:"sites"`   // which have most of what is too much, most first

	Text    string `json:"text"`    // all of it in a line
	Warning string `json:"warning"` // what may be wrong with a limit that is kept, in words; "" for nothing
	Title   string `json:"-"`       // what is wrong, in some words

	// The amounts in words, for a table; "" where there is none.
	ValueText, MostText, BeforeText string `json:"-"`
}

// Site is where blocks are allocated.
type Site struct {
	Function string `json:"function"`
	File     string `json:"file"`   // as debug information calls it; "" where that is not known
	Line     int    `json:"line"`   // 0 where it is not known
	Type     string `json:"type"`   // of the blocks; "" where it is not known
	Amount   uint64 `json:"amount"` // that it has of the metric; of an increase how much more than before

	// Path is where the file is in the repository, for a form that shows it beside the source; "" where it
	// is not there.
	Path string `json:"-"`
	// Own reports whether it is the program's own code.
	Own bool `json:"-"`
}

// place returns the site at which a person should look: the first in the program's own code that
// is in the repository, else the first that is there. It returns the zero Site if none is.
func (l *Limit) place() Site {
	var first Site
	for _, s := range l.Sites {
		if s.Path == "" || s.Line == 0 {
			continue
		}
		if s.Own {
			return s
		}
		if first.Path == "" {
			first = s
		}
	}
	return first
}

// Nearness returns how much of what is allowed there is, from 0 to 1 of a limit that is kept; 0 where nothing
// is allowed.
func (l *Limit) Nearness() float64 {
	if l.Allowed == 0 {
		return 0
	}
	return float64(l.Value) / float64(l.Allowed)
}

// HasFailed reports whether one of the check's limits is exceeded or cannot be judged.
func (c *Check) HasFailed() bool {
	return slices.ContainsFunc(c.Limits, func(l Limit) bool { return l.Outcome.IsFailure() })
}

// WorstOfLimits returns the worst outcome of all limits, whatever became of the programs; Kept for none.
func WorstOfLimits(checks []Check) Outcome {
	var limits []Check
	for i := range checks {
		for j := range checks[i].Limits {
			limits = append(limits, Check{Outcome: checks[i].Limits[j].Outcome})
		}
	}
	return Worst(limits)
}

// Worst returns the worst outcome of all checks; Kept for none.
func Worst(checks []Check) Outcome {
	worst := Kept
	order := map[Outcome]int{Broken: 0, Exceeded: 1, Unknown: 2, Doubtful: 3, Skipped: 4, Kept: 5}
	for i := range checks {
		if order[checks[i].Outcome] < order[worst] {
			worst = checks[i].Outcome
		}
	}
	return worst
}
