/* Vectors grown by realloc, each way that realloc can go: in place (the last
 * block of the heap), moved (another block lies behind), past mmap's threshold
 * and back, shrinking, realloc(NULL, n), realloc(p, 0), and a failing one that
 * must leave its block alone. Counts every block. */
#include <stdint.h>
#include <stdlib.h>

#include "count.h"

static void *resize(void *p, size_t old_size, size_t new_size)
{
	void *q = realloc(p, new_size);
	if (!p)
		count_alloc(new_size);
	else
		count_realloc(old_size, new_size);
	return q;
}

static void *grow_in_place(void)
{
	char *v = NULL;
	size_t size = 0;
	for (size_t next = 2000; next <= 8000; size = next, next += 1000)
		v = resize(v, size, next);
	v = resize(v, size, 100);
	return v;
}

static void *grow_moved(void)
{
	char *v = malloc(1200);
	count_alloc(1200);
	char *fence = NULL;
	for (size_t size = 1200; size < 5000; size += 1200) {
		free(fence);
		if (fence)
			count_free(64);
		fence = malloc(64);
		count_alloc(64);
		v = resize(v, size, size + 1200);
	}
	free(fence);
	count_free(64);
	return v;
}

static void *grow_mapped(void)
{
	char *v = malloc(50000);
	count_alloc(50000);
	v = resize(v, 50000, 300000);
	v = resize(v, 300000, 900000);
	v = resize(v, 900000, 700);
	return v;
}

static void to_nothing(void)
{
	char *v = malloc(333);
	count_alloc(333);
	v = realloc(v, 0);
	count_free(333);
	if (v)
		_exit(98);
}

static void *too_large(volatile size_t size)
{
	char *v = malloc(77);
	count_alloc(77);
	if (realloc(v, size))
		_exit(97);
	return v;
}

static void *kept[4];

int main(void)
{
	kept[0] = grow_in_place();
	kept[1] = grow_moved();
	kept[2] = grow_mapped();
	to_nothing();
	kept[3] = too_large((size_t)PTRDIFF_MAX + 1);
	free(kept[1]);
	count_free(6000);
	count_print();
	return 0;
}
