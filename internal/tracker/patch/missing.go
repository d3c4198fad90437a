package patch

import (
	"slices"

	"heapprof/internal/tracker/patch/allocator"
)

// Missing returns the names of the user's functions that are in none of the plans of the
// files that a program has mapped. Other files may follow (dlopen).
func Missing(functions []allocator.Function, plans ...*Plan) (missing []string) {
	for _, f := range functions {
		isThere := slices.ContainsFunc(plans, func(p *Plan) bool { return slices.Contains(p.Found, f.Name) })
		if !isThere && !slices.Contains(missing, f.Name) {
			missing = append(missing, f.Name)
		}
	}
	return missing
}
