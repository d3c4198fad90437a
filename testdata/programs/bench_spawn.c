/* argv[1] short threads, eight alive at a time, that each allocate and free
 * argv[2] blocks. */
#include <pthread.h>
#include <stdlib.h>

static int blocks;

static void *work(void *arg)
{
	for (int i = 0; i < blocks; i++) {
		char *p = malloc(32 + i % 64);
		__asm__ volatile("" : : "r"(p) : "memory"); /* or the compiler leaves both calls out */
		free(p);
	}
	return arg;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	int n = atoi(argv[1]);
	blocks = atoi(argv[2]);
	enum { ALIVE = 8 };
	pthread_t threads[ALIVE];
	for (int i = 0; i < n; i++) {
		if (i >= ALIVE)
			pthread_join(threads[i % ALIVE], NULL);
		if (pthread_create(&threads[i % ALIVE], NULL, work, NULL))
			return 1;
	}
	for (int i = 0; i < ALIVE && i < n; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
