/* Threads that allocate where the loader's lock is held, in callbacks of
 * dl_iterate_phdr as a language's backtraces do, and threads that make the C library
 * ask for memory, with malloc's lock held; while a library comes and goes. Whoever
 * took the one lock and then wanted the other would wait for ever.
 *
 *     loader_lock LIBRARY */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

enum { WALKS = 1000 };

static atomic_bool ended;

static int allocate(struct dl_phdr_info *info, size_t size, void *data)
{
	(void)info, (void)size, (void)data;
	for (int i = 0; i < 3; i++) free(malloc(200000 + i * 4096));
	return 0;
}

static void *walk(void *unused)
{
	for (int i = 0; i < WALKS; i++) dl_iterate_phdr(allocate, NULL);
	return unused;
}

static void *grow(void *unused)
{
	while (!ended)
		for (int i = 0; i < 50; i++) free(malloc(150000 + i * 7000));
	return unused;
}

static void *load(void *library)
{
	while (!ended) {
		void *handle = dlopen(library, RTLD_NOW);
		if (!handle) abort();
		dlclose(handle);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc < 2) return 2;
	alarm(60); /* rather than wait for ever */
	/* One arena, which asks for memory and gives it back at each turn. */
	if (!mallopt(M_ARENA_MAX, 1) || !mallopt(M_MMAP_MAX, 0) || !mallopt(M_TOP_PAD, 0) || !mallopt(M_TRIM_THRESHOLD, 1)) return 3;
	void *(*const work[])(void *) = {walk, walk, grow, grow, load};
	enum { THREADS = sizeof work / sizeof *work };
	pthread_t threads[THREADS];
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, work[i], argv[1])) abort();
	for (int i = 0; i < THREADS; i++) {
		if (i == 2) ended = true; /* the walks are done */
		pthread_join(threads[i], NULL);
	}
	return write(STDOUT_FILENO, "done\n", 5) != 5;
}
