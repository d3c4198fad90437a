/* Coroutines by swapcontext, their stacks on the heap: the stack pointer jumps
 * from one stack to another between allocations. Each coroutine allocates from a
 * function of its own, several frames deep, and yields from there. Counts every
 * block, the stacks included. */
#include <stdlib.h>
#include <ucontext.h>

#include "count.h"

enum { COROUTINES = 3, STACK = 64 * 1024, ROUNDS = 50 };

static ucontext_t scheduler, routines[COROUTINES];
static int running;

static void take(size_t size)
{
	void *p = malloc(size);
	count_alloc(size);
	free(p);
	count_free(size);
}

static void yield(void)
{
	int self = running;
	swapcontext(&routines[self], &scheduler);
}

#define ROUTINE(name, size)                                                    \
	static void name##_deep(int levels)                                    \
	{                                                                      \
		if (levels) {                                                  \
			name##_deep(levels - 1);                               \
			return;                                                \
		}                                                              \
		take(size);                                                    \
		yield();                                                       \
		take(2 * (size));                                              \
	}                                                                      \
	static void name(void)                                                 \
	{                                                                      \
		for (int i = 0; i < ROUNDS; i++)                               \
			name##_deep(i % 5);                                    \
	}

ROUTINE(red, 10)
ROUTINE(green, 20)
ROUTINE(blue, 30)

int main(void)
{
	void (*start[COROUTINES])(void) = {red, green, blue};
	void *stacks[COROUTINES];
	for (int i = 0; i < COROUTINES; i++) {
		stacks[i] = malloc(STACK);
		count_alloc(STACK);
		getcontext(&routines[i]);
		routines[i].uc_stack.ss_sp = stacks[i];
		routines[i].uc_stack.ss_size = STACK;
		routines[i].uc_link = &scheduler;
		makecontext(&routines[i], start[i], 0);
	}
	for (int round = 0; round <= ROUNDS; round++) {
		for (running = 0; running < COROUTINES; running++)
			swapcontext(&scheduler, &routines[running]);
		take(5);
	}
	for (int i = 0; i < COROUTINES; i++) {
		free(stacks[i]);
		count_free(STACK);
	}
	count_print();
	return 0;
}
