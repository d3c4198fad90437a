/* Calls of a user's allocator that make no block, or keep one: an overflow, a block
 * that nobody wants to have. */
#include <stdlib.h>
#include <string.h>

#include "count.h"

#define ENTRY __attribute__((noipa))

static char room[1 << 16];
static size_t used;

ENTRY void *pool_alloc(size_t size)
{
	void *block = room + used;
	used += (size + 15) & ~(size_t)15;
	return block;
}

/* Tells with out as NULL only whether there is room. */
ENTRY int pool_new(void **out, size_t size)
{
	if (size > sizeof room - used)
		return -1;
	if (out)
		*out = pool_alloc(size);
	return 0;
}

ENTRY void *pool_resize(void *old, size_t count, size_t each)
{
	size_t size;
	if (__builtin_mul_overflow(count, each, &size))
		return NULL;
	void *block = pool_alloc(size);
	return memcpy(block, old, 100);
}

ENTRY void pool_free(void *block) { memset(block, 1, 16); }

int main(void)
{
	volatile size_t half = (size_t)1 << 32;
	void *block, *other;
	block = pool_alloc(100);
	count_alloc(100);
	if (pool_resize(block, half, half)) /* a product of 0 */
		return 1;
	block = pool_resize(block, 10, 20);
	count_realloc(100, 200);
	if (pool_new(NULL, 50) || pool_new(&other, 1 << 20) != -1 || pool_new(&other, 60))
		return 1;
	count_alloc(60);
	pool_free(block);
	count_free(200);
	count_print();
	return 0;
}
