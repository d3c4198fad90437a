// Package view makes of a profile what is to be shown of it, as plain data that any
// renderer can show: a report's or a diff's rows, or a tree of them, with their sums in
// the vocabulary of metrics. It writes nothing and words nothing but errors.
//
// Data flows one way: a Source is a profile whose frames were classified once; its points
// are grouped into rows by their sites, callers or stacks; rows are sorted, and what is
// small is folded. Every view accounts for the whole profile: what a filter or a limit
// leaves out is a row of its own, so that the rows add up to the total.
//
// It imports the profile, frames, names and human.
package view
