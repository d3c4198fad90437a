// Package undo keeps the record of what a recorder has changed in a process that ran before it came: which bytes of code, and
// what it has mapped there. It is by this record alone that the process is made what it was: by the recorder, by another process
// where the recorder was killed, and by a later recorder where both were.
//
// The record lies in the process itself, in a mapping that lets nobody write but a tracer. So whoever may
// trace the process can read it, whatever else is gone, forked children have their own, and it ends with the program by exec.
// What is to be changed is in the record before it is changed.
//
// Of ours it imports wire, for how long a patch may be.
package undo
