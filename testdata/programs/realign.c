/* Frames whose size the compiler does not know: over-aligned locals beside alloca
 * and arrays of variable length, so that the canonical frame address must be read
 * through a register or an expression (gcc's DRAP). To be built at -O2. Each
 * function allocates and calls the next. Counts every block. */
#include <alloca.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "count.h"

#define NOINLINE __attribute__((noinline, noclone))

static volatile int sink;

static void use(volatile char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sink += p[i];
}

NOINLINE static void take(size_t size)
{
	void *p = malloc(size);
	count_alloc(size);
	__asm__ volatile("" : : "r"(p) : "memory");
	free(p);
	count_free(size);
}

NOINLINE static void plain(int n)
{
	take(10 + n);
	sink++;
}

NOINLINE static void over_aligned(int n)
{
	__attribute__((aligned(64))) char local[128];
	memset(local, n, sizeof local);
	if ((uintptr_t)local % 64)
		_exit(98);
	plain(n);
	use(local, sizeof local);
	take(20);
}

NOINLINE static void over_aligned_and_variable(int n)
{
	__attribute__((aligned(128))) char local[128];
	char *more = alloca(n * 16 + 1);
	memset(local, n, sizeof local);
	memset(more, n, n * 16 + 1);
	if ((uintptr_t)local % 128)
		_exit(97);
	over_aligned(n);
	use(local, sizeof local);
	use(more, n * 16 + 1);
	take(30);
}

NOINLINE static void variable(int n)
{
	char array[n * 8 + 1];
	memset(array, n, n * 8 + 1);
	over_aligned_and_variable(n);
	use(array, n * 8 + 1);
	take(40);
}

/* More than six arguments: the DRAP register is needed to find them. */
NOINLINE static void many_arguments(int a, int b, int c, int d, int e, int f, int g, int h)
{
	__attribute__((aligned(64))) int local[16];
	for (int i = 0; i < 16; i++)
		local[i] = a + b + c + d + e + f + g + h + i;
	variable(local[15] % 9);
	use((char *)local, sizeof local);
	take(50);
}

int main(void)
{
	for (int i = 0; i < 20; i++)
		many_arguments(i, 2, 3, 4, 5, 6, 7, 8);
	count_print();
	return 0;
}
