package suite

import (
	"path/filepath"
	"regexp"
)

var isPython = regexp.MustCompile(`^(python|pypy)[0-9.]*$`)

// pytestAt returns the index of pytest's first argument in a command line that starts it: pytest …, python -m
// pytest …; 0 for any other.
func pytestAt(args []string) int {
	base := filepath.Base(args[0])
	if base == "pytest" || base == "py.test" {
		return 1
	}
	if !isPython.MatchString(base) {
		return 0
	}
	for i, a := range args[1:] {
		switch {
		case a == "-m" && i+2 < len(args):
			if args[i+2] == "pytest" {
				return i + 3
			}
			return 0
		case a == "-mpytest":
			return i + 2
		case a == "" || a[0] != '-':
			return 0
		}
	}
	return 0
}
