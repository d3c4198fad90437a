/* The plan of patches: which functions of this process the recorder wants hooked at their
 * entries, and the code for that. */
#ifndef HEAPPROF_PLAN_H
#define HEAPPROF_PLAN_H

#include "base.h"
#include "wire.h"

/* Returns the address of the code that a patched function's stub jumps to. */
typedef const char *plan_shim_of(const struct wire_patched *p);

/* Asks the recorder which functions of this process to patch, and patches them.
 * Called once, before the process runs code of its own. */
void plan_start(plan_shim_of *shim_of);

/* Asks for nothing yet: the recorder has patched, or will by itself, what there is. Called while the loader changes
 * nothing. */
void plan_later(plan_shim_of *shim_of);

/* The same as plan_start for libraries that have come since, by dlopen. Called by the loader's
 * thread, within the loader. */
NOINLINE void plan_look(void);

/* What to call in place of function, if that was patched at the start: the original; else
 * function. */
void *plan_original(void *function);

#endif
