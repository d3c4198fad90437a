/* The corners of the malloc family: calloc and reallocarray with their
 * overflows, sizes of zero, free(NULL), sizes too large, and every byte that
 * malloc_usable_size promises is written. A block of zero bytes counts as a
 * block of zero bytes. Counts every block. */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "count.h"

/* Each kind of empty block has a line of its own: valgrind takes it for one
 * byte, so the tests must be able to tell it from the others. */
static void nothing(volatile size_t zero)
{
	void *p = malloc(zero);
	count_alloc(0);
	void *q = calloc(zero, 8);
	count_alloc(0);
	void *r = calloc(8, zero);
	count_alloc(0);
	void *s = realloc(NULL, zero);
	count_alloc(0);
	if (!p || !q || !r || !s || p == q || q == r || r == s)
		_exit(98);
	free(p);
	count_free(0);
	free(q);
	count_free(0);
	free(r);
	count_free(0);
	free(s);
	count_free(0);
	free(NULL);
}

static void too_large(volatile size_t huge)
{
	errno = 0;
	if (malloc(huge) || errno != ENOMEM)
		_exit(97);
	if (calloc(huge, huge) || calloc(huge / 2, 16))
		_exit(96);
	if (reallocarray(NULL, huge, 16))
		_exit(95);
}

static int *squares(size_t n, volatile size_t huge)
{
	int *v = NULL;
	for (size_t i = 1; i <= n; i *= 2) {
		v = reallocarray(v, i, sizeof *v);
		if (i == 1)
			count_alloc(sizeof *v);
		else
			count_realloc(i / 2 * sizeof *v, i * sizeof *v);
		v[i - 1] = (int)(i * i);
	}
	if (reallocarray(v, huge, 3) || errno != ENOMEM)
		_exit(94);
	return v;
}

static char *cleared(size_t n)
{
	char *p = malloc(n);
	count_alloc(n);
	memset(p, 0xAA, n);
	free(p);
	count_free(n);
	p = calloc(n / 10, 10);
	count_alloc(n);
	for (size_t i = 0; i < n; i++)
		if (p[i])
			_exit(93);
	return p;
}

static void usable(void)
{
	for (size_t size = 1; size < 5000; size = size * 3 + 1) {
		char *p = malloc(size);
		count_alloc(size);
		size_t all = malloc_usable_size(p);
		if (all < size)
			_exit(92);
		memset(p, 0x55, all);
		free(p);
		count_free(size);
	}
	if (malloc_usable_size(NULL))
		_exit(91);
}

static void *kept[2];

int main(void)
{
	nothing(0);
	too_large((size_t)PTRDIFF_MAX + 1);
	kept[0] = squares(128, SIZE_MAX / 2);
	kept[1] = cleared(2000);
	usable();
	free(kept[0]);
	count_free(128 * sizeof(int));
	count_print();
	return 0;
}
