/* Allocator functions that no name leads to: those that are linked into the program,
 * or that a library calls within itself. Their entries are patched. */
#ifndef HEAPPROF_FRONT_PATCHED_H
#define HEAPPROF_FRONT_PATCHED_H

#include "wire.h"

/* Patches the functions that this process has at its start, and has those patched that come
 * with libraries later. Called once, before the process runs code of its own. */
void front_patched_start(void);

/* Has only those patched that come with libraries later, and says which shims there are. Called while the loader changes
 * nothing. */
void front_patched_later(void);
void front_patched_shims(uint64_t shims[WIRE_SHIMS]);

#endif
