// Package report aggregates and renders a profile.Profile. Data flows one way:
// frames are parsed and classified once (NewFrameTable), points are grouped
// into rows (Build), and a renderer writes the rows (View.Write). Flame graphs
// and pprof's format go their own way from the frame table.
//
// Every view accounts for the whole profile: what a filter or a limit hides is
// a row of its own, so that the rows add up to the total.
package report
