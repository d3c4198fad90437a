/* The library that attached_loads.c loads: an allocator of its own, by names of rpmalloc's, and a function that uses it. */
#include <stddef.h>

static char room[64 << 10];
static size_t used, freed;

__attribute__((noipa)) void *rpmalloc(size_t n) {
	size_t at = __atomic_fetch_add(&used, (n + 15) & ~(size_t)15, __ATOMIC_RELAXED);
	return room + at % (sizeof room / 2);
}

__attribute__((noipa)) void rpfree(void *p) {
	if (p) __atomic_fetch_add(&freed, 1, __ATOMIC_RELAXED);
}

unsigned long library_use(unsigned long n) {
	unsigned long *p = rpmalloc(sizeof *p);
	*p = n;
	unsigned long sum = *p + *p + *p;
	rpfree(p);
	return sum;
}
