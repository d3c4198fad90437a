/* Allocators in layers: where a wrapped function calls another one. */
#ifndef HEAPPROF_LAYERS_H
#define HEAPPROF_LAYERS_H

#include "base.h"

/* Notes the code of the wrapped functions. Call once they are known. */
void layers_find(void);

/* Whether caller, a return address, lies in it. The call is then part of the
 * one that is under way, and counts once. */
bool layers_hold(uintptr_t caller);

/* Whether pc lies in this library. */
bool layers_ours(uintptr_t pc);

#endif
