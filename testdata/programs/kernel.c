/* The library of kernels.c. */
#include <stdlib.h>

__attribute__((noinline)) static void *kernel_alloc(size_t size)
{
	return malloc(size);
}

void *kernel_run(size_t size)
{
	void *block = kernel_alloc(size);
	return block ? block : NULL;
}
