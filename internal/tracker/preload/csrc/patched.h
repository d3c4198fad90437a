/* Allocator functions that no name leads to: those that are linked into the program,
 * or that a library calls within itself. Their entries are patched. */
#ifndef HEAPPROF_PATCHED_H
#define HEAPPROF_PATCHED_H

#include "base.h"

/* Asks the recorder which functions of this process to patch, and patches them.
 * Called once, before the process runs code of its own. */
void patched_start(void);

/* The same for libraries that have come since, by dlopen. Called by the loader's
 * thread, within the loader. */
NOINLINE void patched_look(void);

/* What to call in place of function, if that is patched: the original; else function. */
void *patched_original(void *function);

#endif
