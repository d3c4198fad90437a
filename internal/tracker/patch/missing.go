package patch

import (
	"fmt"
	"slices"
	"strings"

	"heapprof/internal/tracker/patch/allocator"
)

// MissingError names the user's functions that no file has.
type MissingError struct{ Names []string }

func (e *MissingError) Error() string {
	noun := "function"
	if len(e.Names) > 1 {
		noun = "functions"
	}
	return fmt.Sprintf("no file that the program begins with has the %s %s in its symbol table (one that it loads later may): nm -C shows the names that it has, and a build without stripping has them all",
		noun, strings.Join(e.Names, " and "))
}

// Missing returns a *MissingError if any of the user's functions is in none of the
// plans of the files that a program has mapped. Other files may follow (dlopen).
func Missing(functions []allocator.Function, plans ...*Plan) error {
	var missing []string
	for _, f := range functions {
		isThere := slices.ContainsFunc(plans, func(p *Plan) bool { return slices.Contains(p.Found, f.Name) })
		if !isThere && !slices.Contains(missing, f.Name) {
			missing = append(missing, f.Name)
		}
	}
	if missing == nil {
		return nil
	}
	return &MissingError{missing}
}
