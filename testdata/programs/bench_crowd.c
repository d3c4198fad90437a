/* A server's threads: argv[1] of them, all alive at once, and each argv[2] times
 * allocates from all of the same 2,048 stacks (ways.h), in an order of its own, and frees
 * what it allocated before. The call tree of all of them together has some 20,000 nodes,
 * and so has that of each. */
#include <pthread.h>

#include "ways.h"

enum { MAX = 1024, BITS = 11, DEPTH = 18 };

static pthread_barrier_t all_here;
static long rounds;

static void *work(void *arg)
{
	uint32_t own = (uint32_t)(uintptr_t)arg;
	void *last = NULL;
	pthread_barrier_wait(&all_here);
	for (long i = 0; i < rounds << BITS; i++) {
		/* An odd factor: all numbers come, and each once. */
		uint32_t number = ((uint32_t)i * (2 * own + 1) + own) % (1 << BITS);
		free(last);
		last = way(number, DEPTH, BITS, 16 + i % 113);
	}
	free(last);
	pthread_barrier_wait(&all_here);
	return NULL;
}

int main(int argc, char **argv)
{
	static pthread_t threads[MAX];
	if (argc < 3)
		return 2;
	int n = atoi(argv[1]);
	rounds = atol(argv[2]);
	if (n < 1 || n > MAX || pthread_barrier_init(&all_here, NULL, n))
		return 2;
	for (int i = 0; i < n; i++)
		if (pthread_create(&threads[i], NULL, work, (void *)(uintptr_t)i))
			return 1;
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
