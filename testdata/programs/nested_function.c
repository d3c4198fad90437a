/* A pool whose functions are nested in the one that uses it (GNU C), and get at its
 * variables by a register that is no argument's. */
#include "count.h"

#define ENTRY __attribute__((noipa))

int main(void)
{
	char room[4096];
	size_t used = 0;
	auto void *pool_alloc(size_t size) __asm__("pool_alloc");
	ENTRY void *pool_alloc(size_t size)
	{
		char *block = room + used;
		used += (size + 15) & ~(size_t)15;
		return used <= sizeof room ? block : NULL;
	}
	for (int i = 1; i <= 10; i++) {
		char *block = pool_alloc(i);
		if (!block)
			return 1;
		block[0] = 1;
		count_alloc(i);
	}
	count_print();
	return used != 160;
}
