// Package human writes numbers for people: sizes, counts, shares, durations, and the
// nouns that follow them. It imports the profile, for what its columns count, and
// package names.
package human
