/* Says its process id, waits for a byte on standard input, and then allocates with
 * argv[1] threads, argv[2] blocks each, of which one in ten stays: more events
 * than any buffer holds. Ends with status 7. Counts every block. */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "count.h"

static long blocks;

static void *work(void *arg)
{
	for (long i = 0; i < blocks; i++) {
		size_t size = 16 + i % 200;
		char *p = malloc(size);
		count_alloc(size);
		*p = 1;
		if (i % 10) {
			free(p);
			count_free(size);
		}
	}
	return arg;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	int n = atoi(argv[1]);
	blocks = atol(argv[2]);
	pthread_t threads[16];
	char line[32], byte;
	int length = snprintf(line, sizeof line, "%d\n", getpid());
	if (n > 16 || write(1, line, length) != length || read(0, &byte, 1) != 1)
		return 3;
	for (int i = 0; i < n; i++)
		if (pthread_create(&threads[i], NULL, work, NULL))
			return 1;
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	count_print();
	return 7;
}
