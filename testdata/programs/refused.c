/* Asks for what cannot be had, in each way that there is to ask for memory, and prints how often it was
 * refused. What fails for another reason, or is no failure, is not counted. With an argument it does
 * nothing but ask for that many times the same. */
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { KEPT = 5000 };
static volatile size_t much = PTRDIFF_MAX - 4096, many = SIZE_MAX / 2;
static int refused;
static void *volatile block; /* what cannot be had must be asked for */

static void count(void *got) { refused += !(block = got); }

__attribute__((noinline)) static void asks_plainly(void) { count(malloc(much)); }
__attribute__((noinline)) static void asks_for_many(void) { count(calloc(many, 8)); }
__attribute__((noinline)) static void asks_for_more(void *old) { count(realloc(old, much - 1)); }
__attribute__((noinline)) static void asks_for_an_array(void *old) { count(reallocarray(old, many, 8)); }
__attribute__((noinline)) static void asks_for_the_first(void) { count(realloc(NULL, much - 2)); }
__attribute__((noinline)) static void asks_aligned(void) { count(aligned_alloc(64, much & ~63)); }
__attribute__((noinline)) static void asks_by_address(void)
{
	void *out;
	refused += posix_memalign(&out, 64, much) == ENOMEM;
}

/* Not counted. */
__attribute__((noinline)) static void asks_wrongly(void)
{
	void *out;
	block = posix_memalign(&out, 24, 100) ? NULL : out;
	block = realloc(malloc(1), 0);
}

int main(int argc, char **argv)
{
	void *kept = malloc(KEPT);
	if (argc > 1) {
		for (int i = atoi(argv[1]); i > 0; i--) count(malloc(much + i % 3));
	} else {
		asks_plainly();
		asks_for_many();
		asks_for_more(kept);
		asks_for_an_array(kept);
		asks_for_the_first();
		asks_aligned();
		asks_by_address();
		asks_wrongly();
	}
	printf("refused=%d\n", refused);
	free(kept);
	return 0;
}
