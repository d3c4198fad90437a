// Package resident reads what of a process's memory is in RAM, and joins it with the account of
// its live blocks: which pages hold blocks, which are free and yet the process's, and
// whose blocks keep them. It has the kernel tell which pages of which mappings are in RAM
// (procfs.Survey), and knows how the C library lays out its arenas.
//
// Nothing is asked of the process itself, and it goes on meanwhile. All parts of a reading add up to
// what the kernel says is in RAM, by construction: what no block explains is what is left.
package resident
