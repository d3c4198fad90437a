/* Allocates blocks so large that an allocator must map memory for them. */
#include <stdlib.h>
#include <string.h>

#include "count.h"

enum { BLOCKS = 64, BYTES = 1 << 20 };

__attribute__((noinline)) static char *large(void)
{
	char *block = malloc(BYTES);
	if (!block) abort();
	count_alloc(BYTES);
	memset(block, 1, BYTES);
	return block;
}

int main(void)
{
	for (int i = 0; i < BLOCKS; i++) large();
	count_print();
	return 0;
}
