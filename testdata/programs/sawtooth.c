/* Climbs to the same peak again and again, each time through another function,
 * with lower peaks between; the last of the equal peaks is the one that counts.
 * Five bytes are left at the end. Counts every
 * block. */
#include <stdlib.h>

#include "count.h"

enum { TEETH = 64 };
static char *teeth[TEETH];

static void drop(int from, size_t size)
{
	for (int i = from; i < TEETH && teeth[i]; i++) {
		free(teeth[i]);
		teeth[i] = NULL;
		count_free(size);
	}
}

static void first(void)
{
	for (int i = 0; i < 40; i++) {
		teeth[i] = malloc(100);
		count_alloc(100);
	}
	drop(0, 100);
}

static void lower(void)
{
	for (int i = 0; i < 39; i++) {
		teeth[i] = malloc(100);
		count_alloc(100);
	}
	drop(0, 100);
}

static void second(void)
{
	for (int i = 0; i < 20; i++) {
		teeth[i] = malloc(200);
		count_alloc(200);
	}
	drop(0, 200);
}

static void third(void)
{
	for (int i = 0; i < 8; i++) {
		teeth[i] = malloc(250);
		count_alloc(250);
		teeth[i] = realloc(teeth[i], 500);
		count_realloc(250, 500);
	}
	/* Down and back up to the very top without emptying. */
	drop(5, 500);
	for (int i = 5; i < 8; i++) {
		teeth[i] = calloc(5, 100);
		count_alloc(500);
	}
	drop(0, 500);
}

int main(void)
{
	for (int i = 0; i < 3; i++) {
		first();
		lower();
		second();
	}
	third();
	lower();
	teeth[0] = malloc(5);
	count_alloc(5);
	count_print();
	return 0;
}
