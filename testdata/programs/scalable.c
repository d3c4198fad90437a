/* The pieces of work through the allocator of oneAPI's TBB, under its own names.
 * Needs -ltbbmalloc. */
#define _GNU_SOURCE
#include <stdlib.h>

#include <tbb/scalable_allocator.h>

#define malloc scalable_malloc
#define calloc scalable_calloc
#define realloc scalable_realloc
#define free scalable_free
#define posix_memalign scalable_posix_memalign
#define aligned_alloc(alignment, size) scalable_aligned_malloc(size, alignment)
#include "pieces.h"

/* What pieces.h has no use for: an aligned block that grows, with its own free. */
static void stretch(void)
{
	void *p = scalable_aligned_malloc(100, 64);
	count_alloc(100);
	p = scalable_aligned_realloc(p, 300000, 64);
	count_realloc(100, 300000);
	scalable_aligned_free(p);
	count_free(300000);
}

int main(void)
{
	stretch();
	all_pieces();
	return 0;
}
