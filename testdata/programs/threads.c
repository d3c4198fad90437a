/* N threads (argv[1], default 4) that each do M rounds (argv[2], default 2000)
 * of malloc, calloc, realloc and free, and leave one block in ten. Counts what
 * the threads allocate, all together; the C library's own blocks for the
 * threads are not counted. The peak depends on the threads' order. */
#include <pthread.h>
#include <stdlib.h>

#include "count.h"

static int rounds = 2000;

static void once(int i)
{
	size_t size = 16 + i % 100;
	char *p = i % 2 ? malloc(size) : calloc(size, 1);
	count_alloc(size);
	p[0] = 1;
	if (i % 3 == 0) {
		p = realloc(p, size * 2);
		count_realloc(size, size * 2);
		size *= 2;
	}
	if (i % 10) {
		free(p);
		count_free(size);
	}
}

static void *work(void *arg)
{
	(void)arg;
	for (int i = 0; i < rounds; i++)
		once(i);
	return NULL;
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 4;
	if (argc > 2)
		rounds = atoi(argv[2]);
	/* At most a hundred at a time, so that a test may ask for thousands. */
	pthread_t batch[100];
	for (int done = 0; done < n;) {
		int size = n - done < 100 ? n - done : 100;
		for (int i = 0; i < size; i++)
			if (pthread_create(&batch[i], NULL, work, NULL))
				return 1;
		for (int i = 0; i < size; i++)
			pthread_join(batch[i], NULL);
		done += size;
	}
	count_print();
	return 0;
}
