// Package heaptrack reads the files of KDE's heap profiler heaptrack, as its interpreter writes them: one line an
// event, of the file format 3 and older ones.
//
// # The format
//
// The first character of a line is its kind. All numbers are hexadecimal, and all indices are of the lines of a kind, in
// the order in which they come:
//
//	v version format             of heaptrack and of the file
//	X command                    the command line, to the end of the line
//	I pageSize pages             bytes of a page, and how many the machine has
//	A                            the recording came to a process that ran already
//	S leak:pattern               a suppression of leaks
//	s string                     from 1 on; format 3 has the length before it
//	i address module [function [file line]]…
//	                             a place in code, from 1 on, with indices of strings: the innermost function first, then those that it
//	                             was inlined into; the last one may have no file
//	t place caller               a stack, from 1 on: a place and the index of the stack that called it, or 0
//	a size stack                 a kind of block, from 0 on
//	+ kind                       a block is allocated
//	- kind                       one is freed
//	c milliseconds               since the start
//	R pages                      resident
//	# …                          nothing
//
// Before format 1 there were no kinds of blocks: "+ size stack pointer" and "- pointer".
//
// # What it becomes
//
// Each stack that allocates is a point, with the totals, its own maximum, what lived at the peak and at the end, and the
// temporary blocks. As in heaptrack's own tools a realloc is a free and an allocation, of equal peaks the first is the peak, and a
// block is temporary if it is freed before anything else of the program's is allocated or freed. What suppressions would hide
// is there. Lifetimes are not: the file tells the time every 10 ms. Addresses are those of return addresses less one, in memory;
// where modules were is not in the file, so that what has no name cannot be named later.
package heaptrack
