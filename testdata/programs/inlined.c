/* Inlined calls, three deep, at known lines: outermost called by main is
 * outer, which inlines middle, which inlines inner, which allocates. To be built
 * at -O2. Counts every block. */
#include <stdlib.h>

#include "count.h"

#define INLINE static inline __attribute__((always_inline))

static void *volatile sink;

INLINE void inner(size_t size)
{
	void *p = malloc(size);
	count_alloc(size);
	sink = p;
}

INLINE void middle(size_t size)
{
	inner(size);
	inner(size * 2);
}

__attribute__((noinline)) static void outer(size_t size)
{
	middle(size);
	free(sink);
	count_free(size * 2);
}

int main(void)
{
	for (int i = 0; i < 10; i++)
		outer(100);
	count_print();
	return 0;
}
