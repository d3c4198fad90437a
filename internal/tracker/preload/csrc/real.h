/* The real definitions of the wrapped functions: those behind the tracker library in the
 * search order. */
#ifndef HEAPPROF_REAL_H
#define HEAPPROF_REAL_H

#include "base.h"
#include "imports.h"

struct real {
	void *(*malloc)(size_t);
	void (*free)(void *);
	void *(*calloc)(size_t, size_t);
	void *(*realloc)(void *, size_t);
	void *(*reallocarray)(void *, size_t, size_t);
	int (*posix_memalign)(void **, size_t, size_t);
	void *(*aligned_alloc)(size_t, size_t);
	void *(*memalign)(size_t, size_t);
	void *(*valloc)(size_t);
	void *(*pvalloc)(size_t);
	void (*free_sized)(void *, size_t);
	void (*free_aligned_sized)(void *, size_t, size_t);
	size_t (*malloc_usable_size)(void *);
	int (*dlclose)(void *);
	int (*dl_iterate_phdr)(int (*)(struct dl_phdr_info *, size_t, void *), void *);
};

extern struct real real __attribute__((visibility("hidden")));

/* Finds the real functions. To be called once, before any of them is called. */
void real_find(void);

/* Replaces each real function by the one that by returns for it. */
void real_replace(void *(*by)(void *function));

#endif
