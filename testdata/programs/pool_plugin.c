/* A library to be dlopen'ed that has an allocator of its own, under the names that
 * -DNAMED(name)=… makes of malloc and its kin: exported, or with -DHIDDEN not; or with
 * -DELSEWHERE in an archive or a library of its own. With -DTEXTREL its code has
 * relocations, with -DUNRESOLVED it cannot be loaded. Allocates in its constructor and
 * destructor, too. Has the host (loaded.c) count. */
#include <stddef.h>
#include <string.h>

#ifndef NAMED
#define NAMED(name) je_##name
#endif
#ifdef HIDDEN
#define ENTRY __attribute__((noipa, visibility("hidden")))
#else
#define ENTRY __attribute__((noipa))
#endif

void host_count_alloc(size_t);
void host_count_free(size_t);
void host_count_realloc(size_t, size_t);

#ifdef ELSEWHERE
void *NAMED(malloc)(size_t);
void *NAMED(calloc)(size_t, size_t);
void *NAMED(realloc)(void *, size_t);
void NAMED(free)(void *);
#else
#include "pagepool.h"

static struct pagepool heap = PAGEPOOL_INIT;

ENTRY void *NAMED(malloc)(size_t size) { return pagepool_take(&heap, 16, size); }

ENTRY void NAMED(free)(void *p) { pagepool_give(&heap, p); }

ENTRY void *NAMED(calloc)(size_t n, size_t each)
{
	char *p = NAMED(malloc)(n * each);
	for (size_t i = 0; p && i < n * each; i++)
		((volatile char *)p)[i] = 0;
	return p;
}

ENTRY void *NAMED(realloc)(void *old, size_t size)
{
	void *p = NAMED(malloc)(size);
	if (p && old) {
		size_t old_size = pagepool_size(old);
		memcpy(p, old, old_size < size ? old_size : size);
		NAMED(free)(old);
	}
	return p;
}
#endif

#ifdef TEXTREL
/* The loader writes an address into the code. */
__asm__(".text\n.quad plugin_work\n");
#endif

#ifdef UNRESOLVED
void nowhere(void);

void plugin_fail(void) { nowhere(); }
#endif

#define PIECE static __attribute__((noinline, noclone))

PIECE void *make(size_t size)
{
	void *p = NAMED(malloc)(size);
	host_count_alloc(size);
	return p;
}

PIECE void drop(void *p, size_t size)
{
	NAMED(free)(p);
	host_count_free(size);
}

static void *from_constructor;

__attribute__((constructor)) static void begin(void) { from_constructor = make(300); }

__attribute__((destructor)) static void end(void)
{
	drop(from_constructor, 300);
	drop(make(30), 30);
}

/* Leaves one block of n bytes. */
void plugin_work(size_t n)
{
	void *blocks[10];
	for (size_t i = 0; i < 10; i++)
		blocks[i] = make(10 + i);
	void *row = NAMED(calloc)(n, 7);
	host_count_alloc(n * 7);
	row = NAMED(realloc)(row, n * 9);
	host_count_realloc(n * 7, n * 9);
	for (size_t i = 0; i < 10; i++)
		drop(blocks[i], 10 + i);
	drop(row, n * 9);
	make(n);
}
