/* Leaves deep frames by longjmp, again and again, and allocates at once from
 * another path that reuses the same stack memory: a profiler that remembers the
 * frames left behind would name them. Nothing below main ever calls both paths.
 * Counts every block. */
#include <setjmp.h>
#include <stdlib.h>

#include "count.h"

static jmp_buf top;

static void take(size_t size)
{
	void *p = malloc(size);
	count_alloc(size);
	free(p);
	count_free(size);
}

static void left_deep(int levels)
{
	take(100);
	if (levels > 0)
		left_deep(levels - 1);
	if (levels == 0)
		longjmp(top, 1);
}

static void left(int levels)
{
	left_deep(levels);
}

static void right_deep(int levels)
{
	if (levels > 0)
		right_deep(levels - 1);
	take(200);
}

static void right(int levels)
{
	right_deep(levels);
}

int main(void)
{
	for (volatile int i = 0; i < 200; i++) {
		if (!setjmp(top))
			left(i % 30);
		right(i % 30);
	}
	count_print();
	return 0;
}
