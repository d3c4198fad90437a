/* Four threads allocate, resize and free blocks of several sizes, and keep some, until each has been refused many
 * times, or has made so many rounds. Counts what it got and what it did not get, and what the most
 * was that it knew to live. Its blocks of the kind that it keeps fit the limit exactly.
 *
 *     limited fill BYTES COUNT    keeps blocks of BYTES in 4 threads, up to COUNT in all, and prints how many it got
 *     limited storm ROUNDS        what is said above */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "count.h"

enum { THREADS = 4, SLOTS = 64 };

static size_t bytes;
static long most, got, refused, wrong, rounds;

__attribute__((noinline)) static void *keep(size_t n) { return malloc(n); }

static void *fill(void *arg)
{
	(void)arg;
	while (__atomic_fetch_sub(&most, 1, __ATOMIC_RELAXED) > 0) {
		errno = 0;
		if (keep(bytes)) __atomic_fetch_add(&got, 1, __ATOMIC_RELAXED);
		else if (errno == ENOMEM) __atomic_fetch_add(&refused, 1, __ATOMIC_RELAXED);
		else __atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void *storm(void *arg)
{
	char *slots[SLOTS] = {0};
	size_t sizes[SLOTS] = {0};
	unsigned random = (unsigned)(size_t)arg * 2654435761u + 1;
	for (long i = 0; i < rounds; i++) {
		random = random * 1664525 + 1013904223;
		unsigned slot = random >> 8 & (SLOTS - 1), what = random >> 14 & 3;
		size_t n = (random >> 16 & 0xfff) + 1;
		if (slots[slot] && what == 0) {
			count_free(sizes[slot]);
			free(slots[slot]);
			slots[slot] = NULL;
		} else if (slots[slot]) {
			char first = slots[slot][0];
			char *block = realloc(slots[slot], n);
			if (block) count_realloc(sizes[slot], n), slots[slot] = block, sizes[slot] = n;
			else __atomic_fetch_add(&refused, 1, __ATOMIC_RELAXED);
			if (slots[slot][0] != first) __atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
		} else if ((slots[slot] = what == 1 ? calloc(1, n) : malloc(n))) {
			slots[slot][0] = (char)random;
			sizes[slot] = n;
			count_alloc(n);
		} else {
			__atomic_fetch_add(&refused, 1, __ATOMIC_RELAXED);
		}
	}
	for (int i = 0; i < SLOTS; i++) {
		if (slots[i]) count_free(sizes[i]);
		free(slots[i]);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	void *(*work)(void *) = storm;
	pthread_t threads[THREADS];
	char line[256];
	if (argc == 4) {
		work = fill;
		bytes = strtoul(argv[2], NULL, 10);
		most = atol(argv[3]);
	} else {
		rounds = atol(argv[argc - 1]);
	}
	int started = 0;
	while (started < THREADS && !pthread_create(&threads[started], NULL, work, (void *)(size_t)started)) started++;
	for (int i = 0; i < started; i++) pthread_join(threads[i], NULL);
	int n = count_line(line, sizeof line);
	n = snprintf(line + n - 1, sizeof line - n, " got=%ld refused=%ld wrong=%ld\n", got, refused, wrong) + n - 1;
	if (write(STDOUT_FILENO, line, n) != n) return 99;
	return 0;
}
