/* Allocator functions that no name leads to: those that are linked into the program,
 * or that a library calls within itself. Their entries are patched. */
#ifndef HEAPPROF_FRONT_PATCHED_H
#define HEAPPROF_FRONT_PATCHED_H

/* Patches the functions that this process has at its start, and has those patched that come
 * with libraries later. Called once, before the process runs code of its own. */
void front_patched_start(void);

#endif
