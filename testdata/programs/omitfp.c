/* Optimised code without frame pointers, rbp in use as an ordinary register and
 * holding values that look like nothing or like stack addresses: only the unwind
 * tables find the callers. To be built at -O2 -fomit-frame-pointer. Four
 * functions call each other in a chain, leaf first: leaf, keep_busy, through,
 * start. Counts every block. */
#include <stdlib.h>

#include "count.h"

#define NOINLINE __attribute__((noinline, noclone))
#define HERE __asm__ volatile("" ::: "memory") /* keeps the call from being the last thing done */

static void *volatile sink;

NOINLINE static void leaf(size_t size)
{
	void *p = malloc(size);
	count_alloc(size);
	sink = p;
	free(p);
	count_free(size);
	HERE;
}

/* So many values live across the calls that the compiler needs rbp as well. */
NOINLINE static long keep_busy(long a, long b, long c, long d, long e)
{
	long f = a * 3, g = b * 5, h = c * 7, i = d * 11, j = e * 13;
	leaf(16);
	f ^= g + a, g ^= h + b, h ^= i + c, i ^= j + d, j ^= f + e;
	leaf(32);
	f ^= g + a, g ^= h + b, h ^= i + c, i ^= j + d, j ^= f + e;
	leaf(48);
	return f + g + h + i + j + a + b + c + d + e;
}

NOINLINE static long through(long *on_stack)
{
	long rbp_like = (long)on_stack;
	__asm__ volatile("movq %0, %%rbp" : : "r"(rbp_like) : "rbp", "memory");
	long sum = keep_busy(on_stack[0], on_stack[1], on_stack[2], on_stack[3], rbp_like);
	HERE;
	return sum;
}

NOINLINE static long start(int n)
{
	long values[4] = {n, n + 1, n + 2, n + 3};
	long sum = through(values);
	HERE;
	return sum + values[n % 4];
}

int main(void)
{
	volatile long sum = 0;
	for (int i = 0; i < 100; i++)
		sum += start(i);
	count_print();
	return 0;
}
