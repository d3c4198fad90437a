/* Recurses argv[1] levels (default 5000) and allocates at the bottom, ten blocks,
 * and once at every thousandth level on the way back. Counts every block. */
#include <stdlib.h>

#include "count.h"

static void bottom(void)
{
	for (int i = 0; i < 10; i++) {
		void *p = malloc(64);
		count_alloc(64);
		free(p);
		count_free(64);
	}
}

static int descend(int levels)
{
	if (levels == 0) {
		bottom();
		return 0;
	}
	int depth = descend(levels - 1) + 1;
	if (depth % 1000 == 0) {
		free(malloc(32));
		count_alloc(32);
		count_free(32);
	}
	return depth;
}

int main(int argc, char **argv)
{
	descend(argc > 1 ? atoi(argv[1]) : 5000);
	count_print();
	return 0;
}
