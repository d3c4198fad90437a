// Package flow follows the values of registers through functions: where a function is
// left, by calls and jumps, and with which of its own arguments; what it reads of those,
// and what it does before. What code does not plainly show is not known, and every
// question has an answer that says so.
//
// Of patch's packages it imports isa and codefile.
package flow
