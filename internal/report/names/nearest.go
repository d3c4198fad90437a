package names

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// UnknownName is the error for a name that is not one of a fixed set, such as
// a metric or a format. It names the nearest valid one, if any is near, and all
// of them.
type UnknownName struct {
	Kind  string   // what was asked for: "metric", "format"
	Name  string   // what was given
	Valid []string // what may be given, in the order to list
	Meant string   // which of Valid is meant, where that is known; else the nearest is named, if any is near
}

func (e *UnknownName) Error() string {
	hint := ""
	if near := cmp.Or(e.Meant, Nearest(e.Name, e.Valid)); near != "" {
		hint = fmt.Sprintf("did you mean %q? ", near)
	}
	return fmt.Sprintf("unknown %s %q; %svalid are %s", e.Kind, e.Name, hint, strings.Join(e.Valid, ", "))
}

// Find returns which of the valid names a name is, as an index. Its error is an
// *UnknownName.
func Find(kind, name string, valid []string) (int, error) {
	if i := slices.Index(valid, name); i >= 0 {
		return i, nil
	}
	return 0, &UnknownName{Kind: kind, Name: name, Valid: slices.Clone(valid)}
}

// Nearest returns the entry of valid that name most probably means: the one
// with the fewest edits between them, one that name abbreviates, or one that
// has the same words in another order. It returns "" where nothing is near.
func Nearest(name string, valid []string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	if name == "" {
		return ""
	}
	for _, v := range valid {
		if sameWords(name, v) {
			return v
		}
	}
	if v := abbreviated(name, valid); v != "" {
		return v
	}
	best, bestDistance := "", 0
	for _, v := range valid {
		if d := editDistance(name, v); best == "" || d < bestDistance {
			best, bestDistance = v, d
		}
	}
	// A third of the letters may be wrong; beyond that the guess would be noise.
	if best != "" && bestDistance <= max(1, max(len(name), len(best))/3) {
		return best
	}
	for _, v := range valid {
		if len(name) >= 2 && (strings.HasPrefix(v, name) || strings.HasPrefix(name, v)) {
			return v
		}
	}
	return ""
}

// abbreviated returns the one of valid that begins with name, if that is long enough to mean it;
// "" where there are several.
func abbreviated(name string, valid []string) (full string) {
	const enough = 3
	if len(name) < enough {
		return ""
	}
	for _, v := range valid {
		switch {
		case v == name:
			return v
		case strings.HasPrefix(v, name) && full != "":
			return ""
		case strings.HasPrefix(v, name):
			full = v
		}
	}
	return full
}

// sameWords reports whether a and b are the same words whatever their order and
// the separator: bytes_peak, peak-bytes.
func sameWords(a, b string) bool {
	split := func(s string) map[string]int {
		words := map[string]int{}
		for _, w := range strings.FieldsFunc(s, func(r rune) bool { return r == '-' || r == '_' || r == ' ' }) {
			words[w]++
		}
		return words
	}
	wa, wb := split(a), split(b)
	if len(wa) != len(wb) {
		return false
	}
	for w, n := range wa {
		if wb[w] != n {
			return false
		}
	}
	return true
}

// editDistance is the number of letters to insert, delete, replace or swap
// with their neighbour to turn a into b (optimal string alignment).
func editDistance(a, b string) int {
	before, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
		}
		before, prev, cur = prev, cur, before
	}
	return prev[len(b)]
}
