/* Allocates 150 blocks of 100 bytes, frees every third, and then ends in the way
 * that argv[1] names: return, exit, _exit, quick_exit, abort, segv, kill (by
 * SIGKILL), term (by SIGTERM), thread (the main thread leaves first), exec
 * (becomes "echo gone on"), wait (until a signal ends it), spin (allocates
 * until a signal ends it). The status of those that choose one is argv[2]
 * (default 7). Counts every block, and prints before it ends. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "count.h"

enum { BLOCKS = 150, SIZE = 100 };

static int status = 7;

static void *finish(void *main_thread)
{
	pthread_join(*(pthread_t *)main_thread, NULL);
	free(malloc(SIZE)); /* counted before, as the counts are out by now */
	exit(status);
}

static int end(const char *way)
{
	static pthread_t self, other;
	if (!strcmp(way, "return"))
		return status;
	if (!strcmp(way, "exit"))
		exit(status);
	if (!strcmp(way, "_exit"))
		_exit(status);
	if (!strcmp(way, "quick_exit"))
		quick_exit(status);
	if (!strcmp(way, "abort"))
		abort();
	if (!strcmp(way, "segv"))
		*(volatile int *volatile)NULL = 0;
	if (!strcmp(way, "kill"))
		raise(SIGKILL);
	if (!strcmp(way, "term"))
		raise(SIGTERM);
	if (!strcmp(way, "thread")) {
		self = pthread_self();
		if (pthread_create(&other, NULL, finish, &self))
			return 96;
		pthread_exit(NULL);
	}
	if (!strcmp(way, "exec"))
		execlp("echo", "echo", "gone", "on", (char *)NULL);
	while (!strcmp(way, "wait"))
		pause();
	while (!strcmp(way, "spin"))
		free(malloc(SIZE));
	return 99;
}

int main(int argc, char **argv)
{
	const char *way = argc > 1 ? argv[1] : "return";
	if (argc > 2)
		status = atoi(argv[2]);
	for (int i = 0; i < BLOCKS; i++) {
		void *p = malloc(SIZE);
		count_alloc(SIZE);
		__asm__ volatile("" : : "r"(p) : "memory");
		if (i % 3 == 0) {
			free(p);
			count_free(SIZE);
		}
	}
	if (!strcmp(way, "thread")) {
		count_alloc(SIZE);
		count_free(SIZE);
	}
	count_print();
	return end(way);
}
