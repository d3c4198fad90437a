package reports

import (
	"errors"
	"fmt"

	"heapprof/internal/report/human"
)

// The errors of commands that need no evidence.
var (
	errTwoFiles        = errors.New("two profiles are needed: the one before and the one after")
	errFunctionAndFile = errors.New("a function and a profile are needed: heapprof list FUNCTION FILE")
	errExplainArgs     = errors.New("explain takes one profile, and the number of one finding")
	errBottomUp        = errors.New("--bottom-up turns a tree around: add --tree")
)

func errFindingNumber(s string) error {
	return fmt.Errorf("%q is no number of a finding: give one from 1, as run and report print them, or none for all", s)
}

// errNoSuchFinding is the error for the number of a finding of a file that has only so many.
func errNoSuchFinding(name string, has, number int) error {
	return fmt.Errorf("%s has %s, and so no %d", name, human.Counted(uint64(has), "finding"), number)
}

func errPercent(flag string, v float64) error {
	return fmt.Errorf("--%s %v is not a percentage from 0 to 100", flag, v)
}

// ErrOwnNobody returns the error for a value of --own that names no code.
func ErrOwnNobody(value string) error {
	return fmt.Errorf("--own=%s names nothing: name crates, directories or libraries, or write --own alone for the program's own code", value)
}
