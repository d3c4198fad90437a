/* argv[1] threads that all live at once and allocate one block each. Before, if
 * there is an argv[2], loads that library, which allocates, and unloads it.
 * Prints how much anonymous memory is resident, in KiB. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_barrier_t all_here;

static void *work(void *arg)
{
	void *block = malloc(100);
	pthread_barrier_wait(&all_here);
	pthread_barrier_wait(&all_here);
	free(block);
	return arg;
}

int main(int argc, char **argv)
{
	unsigned n = (unsigned)atoi(argv[1]);
	void *library = argc > 2 ? dlopen(argv[2], RTLD_NOW) : NULL;
	if (argc > 2 && (!library || dlclose(library)))
		return 1;
	pthread_t *threads = calloc(n, sizeof *threads);
	pthread_barrier_init(&all_here, NULL, n + 1);
	for (unsigned i = 0; i < n; i++)
		if (pthread_create(&threads[i], NULL, work, NULL))
			return 2;
	pthread_barrier_wait(&all_here);
	FILE *status = fopen("/proc/self/smaps_rollup", "r");
	char line[256];
	unsigned long kib;
	while (status && fgets(line, sizeof line, status))
		if (sscanf(line, "Anonymous: %lu", &kib) == 1)
			printf("anonymous=%lu\n", kib);
	pthread_barrier_wait(&all_here);
	for (unsigned i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	free(threads);
	return 0;
}
