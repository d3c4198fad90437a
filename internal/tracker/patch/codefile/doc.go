// Package codefile reads what planning needs of a program's or library's file: its code,
// the functions and labels in it, what the loader writes into its slots, and what in its
// code may branch to a place. A file is mapped, not read, and one without a function to
// hook costs a look at its symbols.
//
// Of patch's packages it imports isa only, and package object for the file itself.
package codefile
