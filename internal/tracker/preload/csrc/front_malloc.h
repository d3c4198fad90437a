/* The hooks of malloc, realloc and free, for front_entry.c. */
#ifndef HEAPPROF_FRONT_MALLOC_H
#define HEAPPROF_FRONT_MALLOC_H

#include "base.h"

void *front_malloc_hook(size_t bytes) __attribute__((visibility("hidden")));
void *front_malloc_hook_realloc(void *old, size_t bytes) __attribute__((visibility("hidden")));
void front_malloc_hook_free(void *block) __attribute__((visibility("hidden")));

#endif
