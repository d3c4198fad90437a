/* Eight threads that do nothing but allocate, resize and free blocks, each in all of
 * malloc's ways, and look whether what they have written into a block is still there.
 * What it writes is what teller.h says. At a 'c' on standard input each thread goes over
 * to functions of their own, counted_*, does a number of calls there, frees what it got
 * there, goes back, and when all have a line tells what they counted: calls and bytes of
 * each kind. "threads=N" as the second argument has N threads. */
#define _GNU_SOURCE
#include "teller.h"
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>

#define NEVER_INLINED __attribute__((noinline, noclone))
#define SLOTS 200
#define COUNTED 3000 /* calls of a thread's */

struct block {
	unsigned char *at;
	size_t size;
	unsigned char mark;
};

struct worker {
	pthread_t thread;
	uint64_t random;
	struct block blocks[SLOTS];
};

static struct worker workers[64];
static int count = 8;
static unsigned asked, answered; /* how often counting was asked for, and how many threads' answers there are */
static struct {
	unsigned long mallocs, malloc_bytes, callocs, calloc_bytes, aligned, aligned_bytes, reallocs, realloc_bytes, frees;
} counted;

static uint64_t next(struct worker *w)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return w->random >> 11;
}

static size_t some_size(struct worker *w)
{
	uint64_t n = next(w);
	return n % 50 == 0 ? 1 + n % 300000 : 1 + n % 2000;
}

static void mark(struct worker *w, struct block *b)
{
	b->mark = (unsigned char)next(w);
	b->at[0] = b->at[b->size - 1] = b->mark;
}

/* Is the block as it was left? */
static int whole(const struct block *b)
{
	return b->at[0] == b->mark && b->at[b->size - 1] == b->mark;
}

static int step(struct worker *w)
{
	struct block *b = &w->blocks[next(w) % SLOTS];
	int right = 1;
	if (b->at != NULL) {
		right = whole(b);
		if (next(w) % 3 == 0) {
			size_t size = some_size(w);
			unsigned char first = b->mark;
			b->at = realloc(b->at, size);
			right = right && b->at != NULL && b->at[0] == first;
			b->size = size;
			mark(w, b);
			return right;
		}
		free(b->at);
		b->at = NULL;
		return right;
	}
	b->size = some_size(w);
	switch (next(w) % 5) {
	case 0: {
		void *p = NULL;
		size_t alignment = (size_t)16 << next(w) % 4; /* mimalloc 2.0 does not keep larger ones */
		right = posix_memalign(&p, alignment, b->size) == 0 && (uintptr_t)p % alignment == 0;
		b->at = p;
		break;
	}
	case 1:
		b->at = calloc(1, b->size);
		right = b->at != NULL && b->at[0] == 0 && b->at[b->size / 2] == 0 && b->at[b->size - 1] == 0;
		break;
	case 2:
		b->at = aligned_alloc(64, (b->size + 63) / 64 * 64);
		right = (uintptr_t)b->at % 64 == 0;
		break;
	default:
		b->at = malloc(b->size);
	}
	if (b->at == NULL)
		return 0;
	mark(w, b);
	return right && malloc_usable_size(b->at) >= b->size;
}

#define COUNT(what, n) __atomic_fetch_add(&counted.what, (n), __ATOMIC_RELAXED)

NEVER_INLINED static void *counted_malloc(size_t n)
{
	void *p = malloc(n);
	COUNT(mallocs, 1);
	COUNT(malloc_bytes, n);
	return p;
}

NEVER_INLINED static void *counted_calloc(size_t n)
{
	void *p = calloc(n, 3);
	COUNT(callocs, 1);
	COUNT(calloc_bytes, n * 3);
	return p;
}

NEVER_INLINED static void *counted_aligned(size_t n)
{
	void *p = NULL;
	if (posix_memalign(&p, 64, n) != 0)
		return NULL;
	COUNT(aligned, 1);
	COUNT(aligned_bytes, n);
	return p;
}

NEVER_INLINED static void *counted_realloc(void *p, size_t n)
{
	p = realloc(p, n);
	COUNT(reallocs, 1);
	COUNT(realloc_bytes, n);
	return p;
}

NEVER_INLINED static void counted_free(void *p)
{
	free(p);
	COUNT(frees, 1);
}

NEVER_INLINED static int counted_steps(struct worker *w)
{
	void *held[16] = {0};
	int right = 1;
	for (int i = 0; i < COUNTED; i++) {
		void **p = &held[next(w) % 16];
		size_t n = 1 + next(w) % 3000;
		if (*p != NULL && i % 3 == 0) {
			*p = counted_realloc(*p, n);
		} else if (*p != NULL) {
			counted_free(*p);
			*p = NULL;
			continue;
		} else {
			*p = i % 4 == 0 ? counted_calloc(n) : i % 4 == 1 ? counted_aligned(n) : counted_malloc(n);
		}
		right = right && *p != NULL;
		*(char *)*p = 1;
	}
	for (int i = 0; i < 16; i++)
		if (held[i] != NULL)
			counted_free(held[i]);
	return right;
}

static void *works(void *given)
{
	struct worker *w = given;
	unsigned done = 0;
	for (unsigned long n = 0; !is_over(); n++) {
		int right = 1;
		for (int i = 0; i < 64; i++)
			right = step(w) && right;
		unsigned wanted = __atomic_load_n(&asked, __ATOMIC_ACQUIRE);
		if (done != wanted) {
			right = counted_steps(w) && right;
			done = wanted;
			__atomic_fetch_add(&answered, 1, __ATOMIC_RELEASE);
		}
		turn(right);
		rest();
	}
	for (int i = 0; i < SLOTS; i++)
		free(w->blocks[i].at);
	return NULL;
}

static void obey(char c)
{
	if (c != 'c')
		return;
	memset(&counted, 0, sizeof(counted));
	__atomic_store_n(&answered, 0, __ATOMIC_RELEASE);
	__atomic_fetch_add(&asked, 1, __ATOMIC_RELEASE);
	while (__atomic_load_n(&answered, __ATOMIC_ACQUIRE) != (unsigned)count)
		usleep(200);
	char line[400];
	int n = snprintf(line, sizeof(line), "turns=%lu wrong=%lu malloc=%lu malloc_bytes=%lu calloc=%lu calloc_bytes=%lu aligned=%lu aligned_bytes=%lu realloc=%lu realloc_bytes=%lu free=%lu\n",
	    turns, wrong, counted.mallocs, counted.malloc_bytes, counted.callocs, counted.calloc_bytes, counted.aligned, counted.aligned_bytes, counted.reallocs, counted.realloc_bytes, counted.frees);
	tell_text(line, (size_t)n);
}

int main(int argc, char **argv)
{
	tell_begin(argc, argv);
	if (argc > 2 && strncmp(argv[2], "threads=", 8) == 0)
		count = atoi(argv[2] + 8);
	for (int i = 0; i < count; i++) {
		workers[i].random = (uint64_t)(i + 1) * 0x9e3779b97f4a7c15;
		pthread_create(&workers[i].thread, NULL, works, &workers[i]);
	}
	tell_until_end(obey);
	for (int i = 0; i < count; i++)
		pthread_join(workers[i].thread, NULL);
	tell();
	return 0;
}
