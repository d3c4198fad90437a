/* Coroutines whose stacks are mapped for them and unmapped as they end, and whose
 * outermost function returns nowhere. Of each pair, the second one has a smaller
 * stack at the start of the first one's place, and what lay behind is not mapped
 * any more; yet both allocate at the same address of the stack, from the same
 * function. A profiler that remembers the first one's stack must not look for
 * it there. To be built at -O0. Counts every block. */
#define _GNU_SOURCE
#include <alloca.h>
#include <setjmp.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "count.h"

enum { SMALL = 64 * 1024, LARGE = 1024 * 1024, PAIRS = 50 };

static jmp_buf back;
static void *place;
static size_t extra; /* of a stack over the small one */

static void leaf(void)
{
	/* The two must meet, or nothing is tested. */
	if (extra)
		place = __builtin_frame_address(0);
	else if (place != __builtin_frame_address(0))
		_exit(98);
	void *p = malloc(100);
	count_alloc(100);
	free(p);
	count_free(100);
}

static void body(void)
{
	leaf();
}

static void start(void)
{
	*(volatile char *)alloca(extra) = 0;
	body();
	longjmp(back, 1);
}

static void run(char *stack, size_t size)
{
	extra = size - SMALL;
	if (setjmp(back))
		return;
#if defined(__x86_64__)
	__asm__ volatile("movq %0, %%rsp; xorl %%ebp, %%ebp; pushq $0; jmp *%1" : : "r"(stack + size), "r"(start) : "memory");
#elif defined(__aarch64__)
	__asm__ volatile("mov sp, %0; mov x29, xzr; mov x30, xzr; br %1" : : "r"(stack + size), "r"(start) : "memory");
#else
#error "no way to switch stacks on this processor"
#endif
}

int main(void)
{
	for (int i = 0; i < PAIRS; i++) {
		char *stack = mmap(NULL, LARGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (stack == MAP_FAILED)
			_exit(97);
		run(stack, LARGE);
		munmap(stack + SMALL, LARGE - SMALL);
		run(stack, SMALL);
		munmap(stack, SMALL);
	}
	count_print();
	return 0;
}
