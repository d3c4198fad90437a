/* Thirty frames of a kilobyte each, full of words that are addresses of code, and
 * 20,000 blocks below them. To be built without unwind information and with frame
 * pointers: what a frame's caller is then has to be told from such words. Counts every
 * block, and prints how long a malloc and free took, in nanoseconds, to stderr. */
#include <stdlib.h>
#include <time.h>

#include "count.h"

enum { DEPTH = 30, ROUNDS = 20000, SIZE = 40, WORDS = 128 };

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

__attribute__((noinline)) static void deep(int levels)
{
	volatile long words[WORDS];
	for (int i = 0; i < WORDS; i++)
		words[i] = (long)&deep + i;
	if (levels) {
		deep(levels - 1);
		words[1] = words[0];
		return;
	}
	double start = now();
	for (int i = 0; i < ROUNDS; i++) {
		void *p = malloc(SIZE);
		count_alloc(SIZE);
		__asm__ volatile("" : : "r"(p) : "memory");
		free(p);
		count_free(SIZE);
	}
	fprintf(stderr, "%.0f\n", (now() - start) / ROUNDS);
	words[1] = words[0];
}

int main(void)
{
	setvbuf(stderr, NULL, _IONBF, 0);
	deep(DEPTH);
	count_print();
	return 0;
}
