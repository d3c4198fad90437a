/* A small allocator over mmap: blocks of powers of two, each with a header before
 * it, freed ones used again. For programs that bring an allocator of their own. */
#ifndef PAGEPOOL_H
#define PAGEPOOL_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

enum { PAGEPOOL_CHUNK = 1 << 20, PAGEPOOL_CLASSES = 40 };

struct pagepool {
	pthread_mutex_t lock;
	struct pagepool_free {
		struct pagepool_free *next;
	} *free[PAGEPOOL_CLASSES];
	char *next, *end;
};

#define PAGEPOOL_INIT {.lock = PTHREAD_MUTEX_INITIALIZER}

/* Lies right before the block; start is where the room begins. */
struct pagepool_header {
	size_t size;
	uint32_t class;
	uint32_t start;
};
_Static_assert(sizeof(struct pagepool_header) == 16, "the header must keep malloc's alignment");

static inline char *pagepool_carve(struct pagepool *pool, int class)
{
	size_t room = (size_t)1 << class;
	if (pool->free[class]) {
		struct pagepool_free *block = pool->free[class];
		pool->free[class] = block->next;
		return (char *)block;
	}
	if ((size_t)(pool->end - pool->next) < room) {
		size_t size = room > PAGEPOOL_CHUNK ? room : PAGEPOOL_CHUNK;
		char *chunk = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (chunk == MAP_FAILED)
			return NULL;
		pool->next = chunk;
		pool->end = chunk + size;
	}
	pool->next += room;
	return pool->next - room;
}

/* alignment is a power of two. Returns NULL where memory is short. */
static inline void *pagepool_take(struct pagepool *pool, size_t alignment, size_t size)
{
	size_t room = size + alignment + sizeof(struct pagepool_header);
	if (room < size || room > (size_t)1 << (PAGEPOOL_CLASSES - 1))
		return NULL;
	int class = 5;
	while ((size_t)1 << class < room)
		class ++;
	pthread_mutex_lock(&pool->lock);
	char *start = pagepool_carve(pool, class);
	pthread_mutex_unlock(&pool->lock);
	if (!start)
		return NULL;
	uintptr_t block = ((uintptr_t)start + sizeof(struct pagepool_header) + alignment - 1) & -alignment;
	struct pagepool_header *header = (struct pagepool_header *)block - 1;
	*header = (struct pagepool_header){size, class, (uint32_t)(block - (uintptr_t)start)};
	return (void *)block;
}

static inline void pagepool_give(struct pagepool *pool, void *block)
{
	if (!block)
		return;
	struct pagepool_header header = ((struct pagepool_header *)block)[-1];
	struct pagepool_free *start = (struct pagepool_free *)((char *)block - header.start);
	pthread_mutex_lock(&pool->lock);
	start->next = pool->free[header.class];
	pool->free[header.class] = start;
	pthread_mutex_unlock(&pool->lock);
}

static inline size_t pagepool_size(void *block) { return ((struct pagepool_header *)block)[-1].size; }

#endif
