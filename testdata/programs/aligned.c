/* Aligned blocks: posix_memalign, aligned_alloc, memalign, valloc and pvalloc,
 * resized and freed like any other, and a posix_memalign that refuses its
 * alignment and so allocates nothing. A block counts as what was asked for,
 * pvalloc's too, though it rounds up to pages. Counts every block.
 *
 * With the argument "nopvalloc", pvalloc is left out: valgrind 3.19 aborts a
 * program that calls it. */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "count.h"

static void check(void *p, size_t alignment)
{
	if (!p || (uintptr_t)p % alignment)
		_exit(98);
}

static void *from_posix_memalign(size_t alignment, size_t size)
{
	void *p;
	if (posix_memalign(&p, alignment, size))
		_exit(97);
	count_alloc(size);
	check(p, alignment);
	return p;
}

static void *from_aligned_alloc(size_t alignment, size_t size)
{
	void *p = aligned_alloc(alignment, size);
	count_alloc(size);
	check(p, alignment);
	return p;
}

static void *from_memalign(size_t alignment, size_t size)
{
	void *p = memalign(alignment, size);
	count_alloc(size);
	check(p, alignment);
	return p;
}

static void *from_valloc(size_t size)
{
	void *p = valloc(size);
	count_alloc(size);
	check(p, sysconf(_SC_PAGESIZE));
	return p;
}

static void *from_pvalloc(size_t size)
{
	void *p = pvalloc(size);
	count_alloc(size);
	check(p, sysconf(_SC_PAGESIZE));
	return p;
}

static void refused(size_t alignment)
{
	void *p;
	if (posix_memalign(&p, alignment, 100) != EINVAL)
		_exit(96);
}

static void *kept[5];

int main(int argc, char **argv)
{
	for (size_t alignment = 16; alignment <= 8192; alignment *= 2) {
		void *p = from_posix_memalign(alignment, alignment + 3);
		void *q = from_aligned_alloc(alignment, 2 * alignment);
		void *r = from_memalign(alignment, 57);
		free(p);
		count_free(alignment + 3);
		free(q);
		count_free(2 * alignment);
		r = realloc(r, 570);
		count_realloc(57, 570);
		free(r);
		count_free(570);
	}
	refused(24);
	kept[0] = from_posix_memalign(64, 1000);
	kept[1] = from_aligned_alloc(32, 96);
	kept[2] = from_memalign(128, 10);
	kept[3] = from_valloc(5000);
	if (argc < 2 || strcmp(argv[1], "nopvalloc"))
		kept[4] = from_pvalloc(100);
	free(kept[1]);
	count_free(96);
	count_print();
	return 0;
}
