/* C++'s operator new and delete. The C++ library's call malloc and free, which
 * are wrapped; but an allocator that replaces malloc mostly brings its own, which
 * do not. */
#ifndef HEAPPROF_FRONT_OPERATORS_H
#define HEAPPROF_FRONT_OPERATORS_H

#include "base.h"

/* Finds the definitions behind us. Called again, looks for those that were
 * not found. */
void front_operators_find(void);

/* Calls the originals of those that have been patched. */
void front_operators_call_originals(void);

/* After a library was unloaded: those that came late may be gone. */
void front_operators_forget_late(void);

#endif
