/* A pool of the program's own, which no profiler can know by name: pool_alloc(pool,
 * size) and pool_free(pool, block). With the argument "malloc", blocks of malloc
 * as well. Counts the blocks of both; what the pool maps is not counted. */
#include <stdlib.h>
#include <string.h>

#include "count.h"
#include "pagepool.h"

/* Not static: as a library's would be. */
__attribute__((noinline)) void *pool_alloc(struct pagepool *pool, size_t size)
{
	void *block = pagepool_take(pool, 16, size);
	if (!block)
		_exit(98);
	return block;
}

__attribute__((noinline)) void pool_free(struct pagepool *pool, void *block) { pagepool_give(pool, block); }

enum { SESSIONS = 300 };

static struct pagepool sessions = PAGEPOOL_INIT, buffers = PAGEPOOL_INIT;
static void *open_sessions[SESSIONS];

__attribute__((noinline)) static void open_session(int i)
{
	open_sessions[i] = pool_alloc(&sessions, 200);
	count_alloc(200);
}

__attribute__((noinline)) static void close_session(int i)
{
	pool_free(&sessions, open_sessions[i]);
	count_free(200);
}

__attribute__((noinline)) static void serve(int i)
{
	size_t size = 1000 + 10 * i;
	char *buffer = pool_alloc(&buffers, size);
	count_alloc(size);
	memset(buffer, i, size);
	pool_free(&buffers, buffer);
	count_free(size);
}

__attribute__((noinline)) static void note(int i)
{
	static char *volatile last;
	last = malloc(10 + i);
	count_alloc(10 + i);
	if (i % 2) {
		free(last);
		count_free(10 + i);
	}
}

int main(int argc, char **argv)
{
	int notes = argc > 1 && !strcmp(argv[1], "malloc");
	for (int i = 0; i < SESSIONS; i++) {
		open_session(i);
		serve(i);
		if (notes)
			note(i);
	}
	for (int i = 0; i < SESSIONS; i += 3)
		close_session(i);
	count_print();
	return 0;
}
