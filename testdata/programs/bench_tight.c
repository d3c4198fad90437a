/* Allocates and frees at once, argv[2] times, argv[1] calls deep. With a third
 * argument the whole chain of calls is made anew for each block, otherwise one
 * loop at its end makes them all. */
#include <stdlib.h>

/* The compiler must not see that a block is of no use. */
#define KEEP(p) __asm__ volatile("" : : "r"(p) : "memory")

__attribute__((noinline)) static void pair(long i)
{
	void *p = malloc(16 + (i & 63));
	KEEP(p);
	free(p);
}

__attribute__((noinline)) static void loop(long rounds)
{
	for (long i = 0; i < rounds; i++) {
		void *p = malloc(16 + (i & 63));
		KEEP(p);
		free(p);
	}
}

__attribute__((noinline)) static void descend(int depth, void (*bottom)(long), long arg)
{
	if (depth <= 0)
		bottom(arg);
	else
		descend(depth - 1, bottom, arg);
	KEEP(&bottom); /* no tail call */
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	int depth = atoi(argv[1]) - 2; /* but for main and the function at the bottom */
	long rounds = atol(argv[2]);
	if (argc > 3)
		for (long i = 0; i < rounds; i++)
			descend(depth, pair, i);
	else
		descend(depth, loop, rounds);
	return 0;
}
