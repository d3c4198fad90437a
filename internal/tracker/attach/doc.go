// Package attach records processes that ran before anybody thought of that: it puts the tracker library into one, patches its
// allocators, and makes it what it was at the end, whoever was killed meanwhile. What is changed is in a record (package undo) in the
// process itself before it is changed.
//
// Of ours it imports halt, by which all of that is done while the process stands still; patcher, which plans what to patch; undo; procfs,
// clock and wire; and profile for why something cannot be done.
package attach
