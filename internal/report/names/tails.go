package names

import "strings"

// Tails returns of each path the last parts by which it can be told from the others, or all of it where that does not: equal paths
// have equal tails.
func Tails(paths []string) []string {
	owners := map[string]string{} // of each tail: the path that it is of, "" where it is of several
	for _, path := range paths {
		for tail := range tails(path) {
			if owner, known := owners[tail]; known && owner != path {
				owners[tail] = ""
			} else {
				owners[tail] = path
			}
		}
	}
	all := make([]string, len(paths))
	for i, path := range paths {
		all[i] = path
		for tail := range tails(path) {
			if owners[tail] == path {
				all[i] = tail
				break
			}
		}
	}
	return all
}

// tails yields the last part of a path, its last two parts, and so on.
func tails(path string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for at := len(path); at > 0; {
			at = strings.LastIndexByte(path[:at], '/')
			if !yield(path[at+1:]) {
				return
			}
		}
	}
}
