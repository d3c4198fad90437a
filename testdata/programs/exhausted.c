/* Allocates small blocks until there is no memory left, and goes on for as many calls, which
 * fail. Before that: a call for more than there is, which nobody would take for a sign of it.
 * With an argument there is memory enough. Counts the blocks that it got. */
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "count.h"

int main(int argc, char **argv)
{
	enum { BYTES = 1000, CALLS = 200000, ADDRESSES = 150 << 20 };
	struct rlimit limit = {ADDRESSES, ADDRESSES};
	(void)argv;
	void *volatile block = malloc(SIZE_MAX / 2 - argc);
	if (block) return 2;
	if (argc == 1 && setrlimit(RLIMIT_AS, &limit)) return 3;
	for (int i = 0; i < CALLS; i++)
		if ((block = malloc(BYTES))) count_alloc(BYTES);
	count_print();
	return 0;
}
