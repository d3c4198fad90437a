// Package report aggregates and renders a dhat.Profile. Data flows one way:
// frames are parsed once (FrameTable), points are grouped (Aggregate, BuildTree,
// Compare), and a renderer writes the outcome to an io.Writer.
//
// Every view accounts for the whole profile: what a filter or a limit hides is
// a line of its own, so that the lines add up to the total.
package report
