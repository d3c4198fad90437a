/* Hundreds of threads that mostly wait, some of them deep in their stacks, and allocate
 * when they wake up. What it writes is what teller.h says; the second argument is how many
 * threads there are. */
#define _GNU_SOURCE
#include "teller.h"
#include <pthread.h>

static void waits(void)
{
	struct timespec t = {0, 20000000};
	nanosleep(&t, NULL);
}

__attribute__((noinline)) static int deep(int depth)
{
	volatile char room[4000];
	room[0] = (char)depth;
	room[3999] = 1;
	if (depth > 0)
		return deep(depth - 1) + room[3999];
	waits();
	return room[3999];
}

static void *works(void *given)
{
	int depth = (int)(long)given % 100;
	while (!is_over()) {
		char *volatile p = malloc((size_t)depth * 10 + 1);
		p[0] = (char)depth;
		int right = deep(depth) == depth + 1;
		turn(right && p[0] == (char)depth);
		free(p);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	tell_begin(argc, argv);
	int count = argc > 2 ? atoi(argv[2]) : 500;
	pthread_t *all = calloc((size_t)count, sizeof(*all));
	pthread_attr_t attributes;
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 1 << 20);
	for (long i = 0; i < count; i++)
		if (pthread_create(&all[i], &attributes, works, (void *)i) != 0)
			return 2;
	tell_until_end(NULL);
	for (int i = 0; i < count; i++)
		pthread_join(all[i], NULL);
	free(all);
	tell();
	return 0;
}
