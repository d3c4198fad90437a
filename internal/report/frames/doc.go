// Package frames holds the frames of a profile, each parsed and classified once: which
// are an allocator's or a container's and allocate for their callers ("plumbing"), which
// run before main, which are a run-time library's own, which are named for arenas. From
// that it tells which frame of a stack is its allocation site and which part of the
// stack is worth showing. It imports the profile and package names.
package frames
