/* Threads that do nothing but allocate, resize and free, each in its own way, and check what they have got: so that at any
 * moment each is somewhere in an allocator. They end when standard input does. Prints "ready", and at the end how many
 * rounds there were, and "wrong" for each block that did not hold what was written to it.
 *
 * Usage: attached_busy THREADS */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static atomic_bool ending;
static atomic_ulong rounds, wrong;

static void check(const unsigned char *block, size_t n, unsigned char with) {
	for (size_t i = 0; i < n; i++)
		if (block[i] != with) {
			atomic_fetch_add(&wrong, 1);
			return;
		}
}

static void *work(void *arg) {
	uintptr_t self = (uintptr_t)arg;
	enum { BLOCKS = 16 };
	unsigned char *block[BLOCKS] = {0};
	size_t size[BLOCKS] = {0};
	unsigned long n = 0;
	uint32_t seed = (uint32_t)self + 1;
	while (!atomic_load_explicit(&ending, memory_order_relaxed)) {
		seed = seed * 1664525 + 1013904223;
		unsigned i = seed >> 28;
		size_t bytes = 1 + (seed >> 8) % 200;
		unsigned char with = (unsigned char)(self + i);
		if (block[i]) check(block[i], size[i], with);
		switch (seed >> 4 & 3) {
		case 0:
			free(block[i]);
			block[i] = malloc(bytes);
			break;
		case 1:
			block[i] = realloc(block[i], bytes);
			break;
		case 2:
			free(block[i]);
			block[i] = calloc(1, bytes);
			check(block[i], bytes, 0);
			break;
		default:
			free(block[i]);
			block[i] = aligned_alloc(16, (bytes + 15) & ~15ul);
			break;
		}
		memset(block[i], with, bytes);
		size[i] = bytes;
		n++;
	}
	for (int i = 0; i < BLOCKS; i++) free(block[i]);
	atomic_fetch_add(&rounds, n);
	return NULL;
}

int main(int argc, char **argv) {
	int threads = argc > 1 ? atoi(argv[1]) : 1;
	pthread_t *t = calloc((size_t)threads, sizeof *t);
	for (intptr_t i = 0; i < threads; i++)
		if (pthread_create(&t[i], NULL, work, (void *)i) != 0) return 1;
	printf("ready\n");
	fflush(stdout);
	char c;
	while (read(0, &c, 1) > 0) continue;
	atomic_store(&ending, 1);
	for (int i = 0; i < threads; i++) pthread_join(t[i], NULL);
	printf("rounds=%lu\nwrong=%lu\n", rounds, wrong);
	return wrong != 0;
}
