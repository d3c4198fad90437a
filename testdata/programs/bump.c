/* An allocator that a signal may interrupt anywhere: it hands out memory from one
 * arena with an atomic add and never takes any back. To be preloaded under
 * reentry.c, so that signals can arrive inside the profiler's hooks. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

enum { ALIGN = 16 };
static const size_t arena_size = (size_t)1 << 32;
static char *arena;
static size_t used;

static char *start(void)
{
	char *a = __atomic_load_n(&arena, __ATOMIC_ACQUIRE);
	if (a)
		return a;
	a = mmap(NULL, arena_size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	char *none = NULL;
	if (a == MAP_FAILED)
		return NULL;
	if (!__atomic_compare_exchange_n(&arena, &none, a, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		munmap(a, arena_size);
		return none;
	}
	return a;
}

/* A function of its own, as realloc and calloc may not arrive in the profiler's
 * malloc on their way. */
static void *take(size_t size)
{
	char *a = start();
	if (!a || size > arena_size / 2) {
		errno = ENOMEM;
		return NULL;
	}
	size_t whole = (size + 2 * ALIGN - 1) / ALIGN * ALIGN;
	char *p = a + __atomic_fetch_add(&used, whole, __ATOMIC_RELAXED);
	if (p + whole > a + arena_size) {
		errno = ENOMEM;
		return NULL;
	}
	*(size_t *)p = size;
	return p + ALIGN;
}

void *malloc(size_t size)
{
	return take(size);
}

void free(void *p)
{
	(void)p;
}

void *calloc(size_t n, size_t size)
{
	size_t whole;
	if (__builtin_mul_overflow(n, size, &whole)) {
		errno = ENOMEM;
		return NULL;
	}
	return take(whole); /* fresh pages are zero, and none is used twice */
}

void *realloc(void *p, size_t size)
{
	if (!p)
		return take(size);
	size_t old_size = *(size_t *)((char *)p - ALIGN);
	void *q = take(size);
	if (q)
		memcpy(q, p, old_size < size ? old_size : size);
	return q;
}
