package budget

import (
	"regexp"
	"slices"

	"heapprof/internal/profile"
	"heapprof/internal/report/view"
)

// Budget is what a program is allowed.
type Budget struct {
	Name        string         // what a project calls it; may be ""
	Program     *regexp.Regexp // of which programs: see Subject; nil: of all
	Test        *regexp.Regexp // of which tests; nil: of all, and of programs that are none
	Max         []Limit
	MaxIncrease []Limit // over a baseline
	FailOn      []Code  // findings that must not come up
	// Tolerance is by how much an amount of Max that is no percentage may be exceeded.
	Tolerance Percent
}

// Outcome is what came of a limit.
type Outcome uint8

// The outcomes, the worst first.
const (
	Unknown  Outcome = iota // it cannot be judged: see Why
	Exceeded                // also where the value is an estimate: by more than that may be off
	Doubtful                // it seems to be kept or exceeded, and may not be: see Why
	Skipped                 // it does not concern the profile: see Why
	Kept
)

// Why is why a limit cannot be judged, or not for certain.
type Why uint8

// The reasons.
const (
	NotRecorded    Why = iota + 1 // the profile does not have the metric
	NoMargin                      // the metric is an estimate of which it is not known how far it may be off
	NotBefore                     // the baseline does not have the metric
	NoMarginThen                  // as NoMargin, of the baseline
	OtherBasis                    // what is leaked is told otherwise of the baseline
	EventsLost                    // calls of the allocator may not have been recorded, so that there may be more or less than there seems to be
	EndedEarly                    // what lived when a signal ended the program, or while it ran on, is not what it would have leaked
	EventsLostThen                // as EventsLost or CutShort, of the baseline
	NoEndThen                     // as EndedEarly, NotAtExit or MemoryUnread, of the baseline
	NotAtExit                     // what is lost was looked at before the program's exit, and more may be
	MemoryUnread                  // what may hold pointers could not be read, so that less may be lost
	BlocksBefore                  // what lived before the program was attached to is in no number, and there was more than there seems to be
	CutShort                      // the profile lacks what came after it: see profile.Dump.IsCut
	WithinMargin                  // Doubtful: the value is an estimate, and the limit within its margin
	StacksCut                     // Doubtful: what was allocated through stacks that are cut may be of it: see Cut
	NothingBefore                 // Skipped: an increase, and there is no baseline
	NoEnd                         // Skipped: what lived is not what the program leaks: see Options.NoEnd
)

// Amount is a value with how far it may be off, if it is an estimate.
type Amount struct {
	N         uint64
	Low, High uint64 // 19 times in 20 it lies between; both are N if it is exact
}

// IsExact reports whether the amount is no estimate.
func (a Amount) IsExact() bool { return a.Low == a.High }

// Judgement is what came of one limit of one metric.
type Judgement struct {
	Budget   string // its name
	Limit    Limit
	Increase bool // the limit is one of Budget.MaxIncrease

	Metric view.Metric // as reports call it
	Basis  Basis       // of what is leaked

	Outcome Outcome
	Why     Why

	Value  Amount
	Whole  Amount // what a percentage is of: see Limit.Whole
	Before Amount // of an increase: the baseline's

	Most    uint64 // the limit as an amount; of an increase with what was before
	Allowed uint64 // that with the tolerance
	Excess  uint64 // how much Value is above Most; 0 where it is not

	// Points is how many program points match Limit.At, and PointsBefore how many of the
	// baseline's do: where they are 0 the expression may be mistaken.
	Points, PointsBefore int
	// Cut is how much of the metric does not match Limit.At and was allocated through stacks that are cut.
	Cut uint64

	// Contributors are the sites that have most of what is too much, or that have grown most: as
	// reports with Options.Own have them, most first. Only of what is Exceeded or Doubtful.
	Contributors []Contributor
}

// Contributor is a site that has some of a metric.
type Contributor struct {
	Site   *view.Site // at the line that has most of it
	Caller string     // as in view.Row, of a Site without a name
	Type   string     // what is allocated there; "" where it is not known
	Via    string     // the package that the site called for it; "" for none
	Amount uint64     // in the metric's unit; of an increase how much more than before
}

// Verdict is what came of a budget.
type Verdict struct {
	Judgements []Judgement // of limits, the worst first
	Findings   []Forbidden // of findings that must not come up, the worst first
	Ignored    []Ignored   // of each Ignore what it has left out, those of leaks first; none of leaks where no limit is of them, none of findings where none is forbidden
}

// Outcome returns the worst outcome but for Unknown, which matters less than Exceeded.
func (v *Verdict) Outcome() Outcome {
	outcomes := make([]Outcome, 0, len(v.Judgements)+len(v.Findings))
	for i := range v.Judgements {
		outcomes = append(outcomes, v.Judgements[i].Outcome)
	}
	for i := range v.Findings {
		outcomes = append(outcomes, v.Findings[i].Outcome)
	}
	if slices.Contains(outcomes, Exceeded) {
		return Exceeded
	}
	return slices.Min(append(outcomes, Kept))
}

// Ignored is what an Ignore has left out.
type Ignored struct {
	Ignore
	Amount profile.Amount // of a leak
	Times  int            // how many program points, or findings, match; 0: there is none
}
