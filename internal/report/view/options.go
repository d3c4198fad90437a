package view

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
)

// Options are what a report or a diff is to show. The zero value is the default: every
// site by what it held at the peak.
type Options struct {
	Question Question // what to answer

	Metric *Metric  // what to sort by and to give percentages of; nil: the question's
	Extra  string   // what only the profiles' maker knows, by its name, instead of Metric; "": none
	By     By       // what a line stands for
	Top    int      // lines to show, in a tree at each node; 0: all
	Min    *float64 // fold what is below this percentage of the total; nil: 1 in trees, else 0

	Focus  *regexp.Regexp // only what has a frame or a type that matches; nil: all
	Ignore *regexp.Regexp // nothing that has a frame or a type that matches; nil: none

	Tree      bool // the call tree, callers first
	BottomUp  bool // with Tree: sites first, then their callers
	AllFrames bool // nothing is plumbing: see package frames
	WhoFrees  bool // for each site where its blocks were freed
	Own       bool // a site is the nearest frame of the program's own code, where there is one

	MinChange Threshold // diff only: fold what changed by less
	Order     Order     // diff only

	linesApart bool // what a function allocates at several lines is several sites
}

// The contradictions that Check finds.
var (
	ErrTreeByStack    = errors.New("a tree shows every stack already")
	ErrTreeByType     = errors.New("a type has no callers: take a table, or the tree of the stacks that --focus TYPE leaves")
	ErrAverageInTree  = errors.New("lifetime is an average, which cannot be added up along a tree")
	ErrShareOfAverage = errors.New("lifetime is an average, so no line has a percentage of it")
	ErrTwoOfFrees     = errors.New("what a drop frees and who frees a site's blocks are two reports")
	ErrDropBottomUp   = errors.New("the tree of a drop begins with what was dropped")
	ErrTreeOfFrees    = errors.New("where a site's blocks were freed is a tree already")
	ErrFreesByStack   = errors.New("who frees its blocks is shown of a site, and not of a stack")
	ErrAskOfFrees     = errors.New("where blocks were freed is a report of its own")
)

// Check returns which options contradict each other, whatever the profile: one of the
// errors above.
func (o *Options) Check() error {
	average := o.Metric != nil && *o.Metric == Lifetime
	if err := o.checkFrees(); err != nil {
		return err
	}
	switch {
	case o.Tree && o.Question == AskGrowth:
		return ErrGrowthTree
	case o.Tree && o.By == ByStack:
		return ErrTreeByStack
	case o.Tree && o.By == ByType:
		return ErrTreeByType
	case o.Tree && average:
		return ErrAverageInTree
	case average && o.Min != nil && *o.Min > 0:
		return ErrShareOfAverage
	}
	return nil
}

// minPercent is the effective Min.
func (o *Options) minPercent() float64 {
	switch {
	case o.Min != nil:
		return *o.Min
	case o.Tree:
		return 1
	}
	return 0
}

// By is what a line of a view stands for.
type By uint8

// The groupings. Those that look at the site's frame alone say nothing of types.
const (
	BySite     By = iota // function and file, with its lines, and type
	ByFunction           // function and file, and type
	ByType               // type
	ByCrate              // crate of the site's frame, or library
	ByDir                // directory of the site's frame
	ByFile               // source file
	ByModule             // executable or library
	ByStack              // the whole stack, and type
	ByDrop               // what was freed: by the value whose drop freed it
)

var byNames = []string{"site", "function", "type", "crate", "dir", "file", "module", "stack", "drop"}

// hasTypes reports whether rows of different types are different rows.
func (o *Options) hasTypes() bool {
	switch o.By {
	case BySite, ByFunction, ByType, ByStack:
		return !o.IsOfFrees()
	}
	return false
}

// ByNames returns the names of all groupings.
func ByNames() []string { return append([]string(nil), byNames...) }

// DiffByNames returns the names of the groupings that a diff has.
func DiffByNames() []string { return append([]string(nil), byNames[:ByDrop]...) }

// ParseBy returns the grouping called name, one of the valid ones, or an *names.UnknownName.
func ParseBy(name string, valid []string) (By, error) {
	if _, err := names.Find("grouping", name, valid); err != nil {
		return 0, err
	}
	i, err := names.Find("grouping", name, byNames)
	return By(i), err
}

func (b By) String() string { return byNames[b] }

// hasCrates reports whether each row is of one crate.
func (o *Options) hasCrates() bool {
	switch o.By {
	case BySite, ByFunction, ByCrate, ByStack:
		return !o.IsOfFrees()
	}
	return false
}

// Order is how the rows of a diff are put in order, and what its profiles are.
type Order uint8

// The orders. ByLater and ByRise are for two looks at one process: what did not change has a row, too, sites have their
// lines as in a report, and nothing is taken to have moved or to be spelled otherwise.
const (
	ByChange Order = iota // the largest change first, whatever its sign
	ByLater               // what has most in the later profile first
	ByRise                // what rose most first, and what fell most last
)

// ofOneProcess reports whether a diff is of two looks at one process.
func (o *Options) ofOneProcess() bool { return o.Order != ByChange }

// Threshold is a least change: so much of the metric's unit, or so many
// percent of the value before. The zero value lets everything pass.
type Threshold struct {
	Percent float64 // if above 0
	Amount  uint64  // in the metric's unit: bytes, blocks, time units
}

// ParseThreshold reads "64KiB", "1.5M", "1000" or "5%". K, M, G and T are
// powers of 1024, with or without "iB" or "B".
func ParseThreshold(s string) (Threshold, error) {
	bad := fmt.Errorf("%q is not a least change; write an amount such as 64KiB or 1000, or a percentage such as 5%%", s)
	text := strings.TrimSpace(s)
	if number, ok := strings.CutSuffix(text, "%"); ok {
		v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil || !(v >= 0 && v <= 1e9) {
			return Threshold{}, bad
		}
		return Threshold{Percent: v}, nil
	}
	amount, ok := human.ParseSize(text)
	if !ok {
		return Threshold{}, bad
	}
	return Threshold{Amount: amount}, nil
}
