/* argv[1] threads that each do argv[2] rounds: allocate a block and put it into a
 * table that all share, at random, and free whichever block was there; now and
 * then that one is resized first. So most blocks are freed by another thread than
 * allocated them, and the address is some thread's next block at once. What is in
 * the table at the end stays. Each block holds its size. Counts every block. */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#include "count.h"

enum { SLOTS = 64, MAX_THREADS = 64 };

static _Atomic(size_t *) table[SLOTS];
static long rounds;

static void *work(void *seed)
{
	/* Sums of its own, so that the counters are no bottleneck. */
	unsigned long long bytes = 0, blocks = 0, end_bytes = 0, end_blocks = 0;
	uint32_t r = (uint32_t)(uintptr_t)seed * 2654435761u;
	for (long i = 0; i < rounds; i++) {
		r = r * 1664525 + 1013904223; /* Numerical Recipes' generator */
		size_t size = sizeof(size_t) + (r >> 8 & 127);
		size_t *p = malloc(size);
		*p = size;
		bytes += size, end_bytes += size;
		blocks++, end_blocks++;
		p = __atomic_exchange_n(&table[r >> 26], p, __ATOMIC_ACQ_REL);
		if (!p)
			continue;
		if ((r & 0xf0) == 0) {
			size = *p;
			p = realloc(p, size + 200);
			*p = size + 200;
			bytes += size + 200, end_bytes += 200;
			blocks++;
		}
		end_bytes -= *p;
		end_blocks--;
		free(p);
	}
	COUNT_ADD(total_bytes, bytes);
	COUNT_ADD(total_blocks, blocks);
	COUNT_ADD(end_bytes, end_bytes);
	COUNT_ADD(end_blocks, end_blocks);
	return NULL;
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 4;
	rounds = argc > 2 ? atol(argv[2]) : 10000;
	pthread_t threads[MAX_THREADS];
	if (n > MAX_THREADS)
		return 2;
	for (int i = 0; i < n; i++)
		if (pthread_create(&threads[i], NULL, work, (void *)(uintptr_t)(i + 1)))
			return 1;
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	count_print();
	return 0;
}
