// Package budget judges whether a profile keeps to what a project allows it: limits of
// metrics, of the whole program or of what matches a regular expression, increases over a
// baseline, and findings that must not come up. Leaks that are known are left out before
// that. What it says is data; it is worded elsewhere.
//
// A limit that cannot be judged, because a profile lacks what it is of, is neither kept nor
// exceeded: see Unknown.
//
// It imports the profile, finding, human, names and view.
package budget
