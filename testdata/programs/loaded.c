/* Loads the libraries argv[3] and on (builds of pool_plugin.c), works in them with
 * several threads, and unloads them: argv[2] times. Meanwhile other threads allocate,
 * and map and unmap memory. argv[1] says how: lazy, now, global, deepbind; fails: it
 * must not succeed; apart: each time elsewhere; fork: in a child as well, which has one
 * from its parent. Built with -rdynamic.
 *
 * Prints code=, how many more bytes of code in no file there were at the end than at the
 * start, when the hooks of what is loaded then are there, and the counts of the program
 * and its libraries. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "count.h"

#ifndef RTLD_DEEPBIND
#define RTLD_DEEPBIND 0 /* musl has none */
#endif

void host_count_alloc(size_t size) { count_alloc(size); }
void host_count_free(size_t size) { count_free(size); }
void host_count_realloc(size_t old_size, size_t new_size) { count_realloc(old_size, new_size); }

typedef void work(size_t);

enum { WORKERS = 3, OTHERS = 2 };

static bool ended;

static void *allocate(void *unused)
{
	while (!__atomic_load_n(&ended, __ATOMIC_ACQUIRE)) {
		void *p = malloc(40);
		count_alloc(40);
		size_t size = 1 << 20;
		void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		free(p);
		count_free(40);
		munmap(pages, size);
	}
	return unused;
}

static void *run(void *plugin_work)
{
	((work *)plugin_work)(100);
	return NULL;
}

static bool fails;

static void use(const char *name, int flags)
{
	void *library = dlopen(name, flags);
	if (fails) {
		if (library)
			_exit(9);
		return;
	}
	if (!library) {
		fputs(dlerror(), stderr);
		_exit(1);
	}
	work *f = (work *)dlsym(library, "plugin_work");
	if (!f)
		_exit(2);
	f(50);
	pthread_t workers[WORKERS];
	for (int i = 0; i < WORKERS; i++)
		if (pthread_create(&workers[i], NULL, run, (void *)f))
			_exit(3);
	for (int i = 0; i < WORKERS; i++)
		pthread_join(workers[i], NULL);
	if (dlclose(library))
		_exit(4);
}

/* The loader takes the highest gap that is large enough. */
static void fill_gap(void)
{
	if (mmap(NULL, 64 << 10, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
		_exit(8);
}

static long code_in_no_file(void)
{
	long n = 0;
	unsigned long start, end;
	char line[512];
	FILE *maps = fopen("/proc/self/maps", "r");
	while (maps && fgets(line, sizeof line, maps))
		if (strstr(line, " r-xp 00000000 00:00 0 ") && !strchr(line, '[') && sscanf(line, "%lx-%lx", &start, &end) == 2)
			n += (long)(end - start);
	return n;
}

int main(int argc, char **argv)
{
	const char *way = argv[1];
	long code_before = code_in_no_file();
	int rounds = atoi(argv[2]), flags = RTLD_NOW;
	if (!strcmp(way, "lazy"))
		flags = RTLD_LAZY;
	else if (!strcmp(way, "global"))
		flags = RTLD_NOW | RTLD_GLOBAL;
	else if (!strcmp(way, "deepbind"))
		flags = RTLD_NOW | RTLD_DEEPBIND;
	fails = !strcmp(way, "fails");
	bool apart = !strcmp(way, "apart");
	bool forks = !strcmp(way, "fork");
	void *kept = forks ? dlopen(argv[3], flags) : NULL; /* stays loaded in the child */

	pthread_t others[OTHERS];
	for (int i = 0; i < OTHERS && !forks; i++)
		if (pthread_create(&others[i], NULL, allocate, NULL))
			return 5;
	for (int round = 0; round < rounds; round++) {
		for (int i = 3; i < argc; i++) {
			use(argv[i], flags);
			if (apart)
				fill_gap();
		}
	}
	if (forks) {
		pid_t child = fork();
		if (child == 0) {
			dlclose(kept);
			for (int i = 3; i < argc; i++)
				use(argv[i], flags);
		} else if (waitpid(child, NULL, 0) != child) {
			return 6;
		} else {
			return 0;
		}
	}
	__atomic_store_n(&ended, true, __ATOMIC_RELEASE);
	for (int i = 0; i < OTHERS && !forks; i++)
		pthread_join(others[i], NULL);
	char text[32];
	int n = snprintf(text, sizeof text, "code=%ld ", code_in_no_file() - code_before);
	if (write(1, text, n) != n)
		return 7;
	count_print();
	return 0;
}
