/* argv[1] threads that all live at once: each allocates, waits for all others,
 * frees what its neighbour allocated, and leaves one block in five. Small stacks,
 * so that a thousand fit. Counts every block of its own. */
#include <pthread.h>
#include <stdlib.h>

#include "count.h"

enum { MAX = 4096, BLOCKS = 20 };

static pthread_barrier_t all_here;
static void *blocks[MAX][BLOCKS];
static int n;

static size_t size_of(int thread, int i) { return 8 + thread % 500 + i; }

static void *work(void *arg)
{
	int self = (int)(size_t)arg, neighbour = (self + 1) % n;
	for (int i = 0; i < BLOCKS; i++) {
		blocks[self][i] = malloc(size_of(self, i));
		count_alloc(size_of(self, i));
	}
	pthread_barrier_wait(&all_here);
	for (int i = 0; i < BLOCKS; i++)
		if (i % 5) {
			free(blocks[neighbour][i]);
			count_free(size_of(neighbour, i));
		}
	pthread_barrier_wait(&all_here);
	return NULL;
}

int main(int argc, char **argv)
{
	n = argc > 1 ? atoi(argv[1]) : 100;
	pthread_t *threads = calloc(n, sizeof *threads);
	count_alloc(n * sizeof *threads);
	pthread_attr_t small;
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 64 * 1024);
	if (n > MAX || pthread_barrier_init(&all_here, NULL, n))
		return 1;
	for (int i = 0; i < n; i++)
		if (pthread_create(&threads[i], &small, work, (void *)(size_t)i))
			return 2;
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	free(threads);
	count_free(n * sizeof *threads);
	count_print();
	return 0;
}
