/* What a library has mapped that was put into a process is listed: without it, the process has the mappings that it had before.
 * Once it is off, hooks pass calls on, and who waits in one for the recorder does so no longer. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attach.h"

enum { THREADS = 8,
	MAPS = 1 << 18 };

static struct attach here;
static pthread_barrier_t step;
static char before[MAPS], after[MAPS];

/* Reads what is mapped: addresses, rights and file of each mapping. */
static void read_maps(char *to) {
	size_t n = 0;
	int fd = open("/proc/self/maps", O_RDONLY);
	require(fd >= 0);
	for (ssize_t got; (got = read(fd, to + n, MAPS - 1 - n)) > 0;) n += (size_t)got;
	close(fd);
	require(n < MAPS - 1);
	to[n] = 0;
}

/* Has the allocator have room, which it keeps. */
static void warm_up(size_t bytes) {
	void *volatile block = malloc(bytes);
	free(block);
}

static void call_some(void) {
	for (int i = 0; i < 100; i++) attach_call(&here, WIRE_ACTION_FREE, free, attach_call(&here, WIRE_ACTION_ALLOC, malloc, 100, 0), 0);
}

static void *work(void *unused) {
	(void)unused;
	warm_up(100);
	for (int i = 0; i < 2; i++) pthread_barrier_wait(&step);
	call_some();
	for (int i = 0; i < 2; i++) pthread_barrier_wait(&step);
	return NULL;
}

static unsigned listed(const struct wire_guest *g, bool unmap) {
	unsigned count = 0;
	struct wire_guest_mapping *m = (struct wire_guest_mapping *)g->mappings;
	for (uint64_t i = 0; i < g->mapping_places; i++) {
		if (!m[i].bytes) continue;
		count++;
		if (unmap) require(munmap((void *)m[i].at, m[i].bytes) == 0);
	}
	return count;
}

static void take_out(struct attach *a) {
	struct wire_guest_mapping own = *(struct wire_guest_mapping *)a->guest->own;
	listed(a->guest, true);
	require(own.bytes != 0 && munmap((void *)own.at, own.bytes) == 0);
	attach_forget(a);
}

static void show_difference(void) {
	char *was = before, *is = after;
	while (*was && *was == *is) was++, is++;
	fprintf(stderr, "was: %.300s\nis: %.300s\n", was, is);
}

static void *fill_ring(void *calls) {
	for (;; (*(unsigned *)calls)++) {
		if (*(const uint8_t *)here.guest->off) return NULL;
		attach_call(&here, WIRE_ACTION_ALLOC, malloc, 8, 0);
	}
}

int main(int argc, char **argv) {
	require(argc == 2);
	pthread_t threads[THREADS], filler;
	pthread_barrier_init(&step, NULL, THREADS + 1);
	for (int i = 0; i < THREADS; i++) require(pthread_create(&threads[i], NULL, work, NULL) == 0);
	pthread_barrier_wait(&step);
	warm_up(1 << 16);
	read_maps(before);
	here = attach(argv[1], 0, 0);
	require(here.guest != NULL);
	for (int i = 0; i < 2; i++) pthread_barrier_wait(&step);
	call_some();
	printf("a state and a ring of each thread, and more: %d\n", listed(here.guest, false) >= 2 * (THREADS + 1));
	take_out(&here);
	read_maps(after);
	if (strcmp(before, after) != 0) show_difference();
	printf("as before: %d\n", strcmp(before, after) == 0);

	here = attach(argv[1], WIRE_RETAINED, 0);
	require(here.guest == NULL);
	attach_forget(&here);
	read_maps(after);
	if (strcmp(before, after) != 0) show_difference();
	printf("refused, as before: %d\n", strcmp(before, after) == 0);
	pthread_barrier_wait(&step);
	for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);

	here = attach(argv[1], 0, 0);
	require(here.guest != NULL);
	unsigned calls = 0;
	require(pthread_create(&filler, NULL, fill_ring, &calls) == 0);
	while (!__atomic_load_n(&attach_ring(&here, 0)->waiting, __ATOMIC_RELAXED)) usleep(1000);
	*(uint8_t *)here.guest->off = 1;
	pthread_join(filler, NULL);
	uint64_t head = attach_ring(&here, 0)->head;
	call_some();
	printf("waited, and passed on: %d; then told nothing: %d\n", calls > 1000, here.control->rings == 1 && attach_ring(&here, 0)->head == head);
	return 0;
}
