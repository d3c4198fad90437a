package record

import (
	"errors"
	"fmt"
	"strings"

	"heapprof/internal/report/human"
	"heapprof/internal/tracker"
)

// The errors of commands that need no evidence.
var (
	ErrNoProgram        = errors.New("no program was named: give it, and its arguments, after the flags; see heapprof run --help")
	errRunOutput        = errors.New("standard output belongs to the program: name a file with --output")
	errNoPatchFunctions = errors.New("--no-patch leaves the functions alone that --alloc-function and --free-function name: leave one of them out")
	errNoPatchMappings  = errors.New("--no-patch leaves the C library's mmap and its kin alone, which --mmap must patch: leave one of them out")
	errChildren         = errors.New("--children writes the profiles of all processes, and --no-children records one: leave one of them out")
	errFreesSample      = errors.New("--frees tells of every free, and --sample leaves most blocks out: leave one of them out")
	errNotPatched       = errors.New("mappings were not recorded: the C library's mmap and its kin could not be patched")
)

func errDepth(n int) error {
	return fmt.Errorf("--depth %d is out of range: a stack has 1 to %d frames", n, tracker.MaxDepth)
}

func errMaxNodes(n int) error {
	return fmt.Errorf("--max-nodes %d is out of range: a call tree has 1 to %d nodes", n, tracker.MaxNodes)
}

func errSample(value string) error {
	return fmt.Errorf("--sample %q is not a number of bytes from 1 to 1TiB: write 512KiB, 2M or 1000, or leave it out to record every block", value)
}

// ErrSaved returns the error for a profile that could not be written where it should be.
// saved is where it is instead; "" if it is lost.
func ErrSaved(err error, saved string) error {
	if saved == "" {
		return fmt.Errorf("%w; the profile is lost", err)
	}
	return fmt.Errorf("%w; the profile is %s instead", err, saved)
}

// missingFunctions words that functions which the user named are nowhere.
func missingFunctions(functions []string) string {
	return fmt.Sprintf("no file that the program begins with has the %s %s in its symbol table (one that it loads later may): nm -C shows the names that it has, and a build without stripping has them all",
		human.Plural(uint64(len(functions)), "function"), strings.Join(functions, " and "))
}
