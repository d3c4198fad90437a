/* argv[1] threads that have nothing in common: each keeps 256 blocks of its own
 * and argv[2] times frees one and allocates another. */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

static long rounds;

__attribute__((noinline)) static void *fresh(uint32_t r)
{
	char *p = malloc(16 + (r >> 8 & 127));
	*p = 1;
	return p;
}

static void *work(void *seed)
{
	void *blocks[256] = {0};
	uint32_t r = (uint32_t)(uintptr_t)seed;
	for (long i = 0; i < rounds; i++) {
		r = r * 1664525 + 1013904223; /* Numerical Recipes' generator */
		void **at = &blocks[r >> 24];
		free(*at);
		*at = fresh(r);
	}
	for (int i = 0; i < 256; i++)
		free(blocks[i]);
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	int n = atoi(argv[1]);
	rounds = atol(argv[2]);
	pthread_t threads[64];
	if (n < 1 || n > 64)
		return 2;
	for (int i = 0; i < n; i++)
		if (pthread_create(&threads[i], NULL, work, (void *)(uintptr_t)(i + 1)))
			return 1;
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
