/* Allocators in layers: where a wrapped function calls another one. */
#ifndef HEAPPROF_LAYERS_H
#define HEAPPROF_LAYERS_H

#include "base.h"

/* Notes the code of the wrapped functions. Call once they are known. */
void layers_find(void);

/* Reports whether a return address lies in the code of the wrapped functions. A call from
 * there is a part of the one that is under way, and counts once. */
bool layers_hold(uintptr_t caller);

/* Reports whether pc lies in the tracker library itself. */
bool layers_in_tracker(uintptr_t pc);

/* Reports whether the allocator is the C library's own, none of whose functions calls a
 * wrapped one, but for realloc without a block, which goes to malloc: glibc's from 2.34 on,
 * which has no hooks of the program's in malloc. */
bool layers_are_none(void);

#endif
