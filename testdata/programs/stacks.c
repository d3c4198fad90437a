/* Coroutines by swapcontext whose stacks are mapped for them and unmapped when
 * they are done, many in turn at the same address, with allocations at several
 * depths on each side of a yield and now and then in between (fibers.c has those
 * that meet what is not mapped any more). Counts every block. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "count.h"

enum { STACK = 64 * 1024, ROUNDS = 200 };

static ucontext_t back, routine;
static void *kept;

__attribute__((noinline)) static void take(size_t size)
{
	void *p = malloc(size);
	count_alloc(size);
	free(kept);
	if (kept)
		count_free(24);
	kept = malloc(24);
	count_alloc(24);
	free(p);
	count_free(size);
}

static void run(char *stack, size_t size, void (*f)(void))
{
	getcontext(&routine);
	routine.uc_stack.ss_sp = stack;
	routine.uc_stack.ss_size = size;
	routine.uc_link = &back;
	makecontext(&routine, f, 0);
	swapcontext(&back, &routine);
}

static void down(int levels)
{
	if (levels > 0)
		down(levels - 1);
	else
		swapcontext(&routine, &back);
	take(100 + levels);
}

static void in_turn(void)
{
	take(50);
	down(8);
	take(60);
}

static char *map(size_t size)
{
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		_exit(98);
	return p;
}

int main(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		char *stack = map(STACK);
		run(stack, STACK, in_turn);
		if (i % 3 == 0)
			take(40);
		swapcontext(&back, &routine);
		munmap(stack, STACK);
		if (i % 2 == 0)
			take(30);
	}
	count_print();
	return 0;
}
