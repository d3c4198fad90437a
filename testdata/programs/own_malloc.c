/* Defines malloc and its kin itself, over mmap, and does the pieces of work
 * through them: its malloc stands before any preloaded library's. */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>

#include "pagepool.h"
#include "pieces.h"

static struct pagepool heap = PAGEPOOL_INIT;

/* As if they stood in another file: what is inlined has no entry. */
#define ENTRY __attribute__((noipa))

ENTRY void *malloc(size_t size) { return memalign(16, size); }

ENTRY void free(void *p) { pagepool_give(&heap, p); }

ENTRY void *memalign(size_t alignment, size_t size)
{
	void *p = pagepool_take(&heap, alignment < 16 ? 16 : alignment, size);
	if (!p)
		errno = ENOMEM;
	return p;
}

ENTRY void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

ENTRY int posix_memalign(void **out, size_t alignment, size_t size)
{
	void *p = pagepool_take(&heap, alignment, size);
	if (p)
		*out = p;
	return p ? 0 : ENOMEM;
}

ENTRY void *calloc(size_t n, size_t each)
{
	size_t size;
	if (__builtin_mul_overflow(n, each, &size)) {
		errno = ENOMEM;
		return NULL;
	}
	void *p = malloc(size);
	/* Not memset after malloc, which a compiler would make into calloc. */
	for (size_t i = 0; p && i < size; i++)
		((volatile char *)p)[i] = 0;
	return p;
}

ENTRY void *realloc(void *old, size_t size)
{
	void *p = malloc(size);
	if (p && old) {
		size_t old_size = pagepool_size(old);
		memcpy(p, old, old_size < size ? old_size : size);
		free(old);
	}
	return p;
}

ENTRY size_t malloc_usable_size(void *p) { return p ? pagepool_size(p) : 0; }

int main(void)
{
	all_pieces();
	return 0;
}
