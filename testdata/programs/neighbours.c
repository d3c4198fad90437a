/* A coroutine that was called by another one, whose stack lies right above its own, and goes on
 * when that stack is unmapped. The words of its own stack are what they were: who remembers
 * from these words how the stack goes on must not look there. To be built at -O0. Counts every block. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "count.h"

enum { STACK = 64 * 1024 };

static jmp_buf in_main, in_coroutine;
static char *stacks; /* that of the coroutine, then its caller's */

static void allocate(size_t bytes)
{
	void *p = malloc(bytes);
	count_alloc(bytes);
	free(p);
	count_free(bytes);
}

static void one(void) { allocate(10); }
static void another(void) { allocate(20); }

static void coroutine(void)
{
	for (;;) {
		for (int i = 0; i < 10; i++) {
			one();
			another();
		}
		if (!setjmp(in_coroutine)) longjmp(in_main, 1);
	}
}

static void caller(void)
{
#if defined(__x86_64__)
	__asm__ volatile("movq %%rsp, %%r12; movq %0, %%rsp; call *%1; movq %%r12, %%rsp" : : "r"(stacks + STACK), "r"(coroutine) : "memory", "r12");
#elif defined(__aarch64__)
	__asm__ volatile("mov x19, sp; mov sp, %0; blr %1; mov sp, x19" : : "r"(stacks + STACK), "r"(coroutine) : "memory", "x19", "x30");
#endif
}

static void begin(void)
{
#if defined(__x86_64__)
	__asm__ volatile("movq %0, %%rsp; xorl %%ebp, %%ebp; pushq $0; jmp *%1" : : "r"(stacks + 2 * STACK), "r"(caller) : "memory");
#elif defined(__aarch64__)
	__asm__ volatile("mov sp, %0; mov x29, xzr; mov x30, xzr; br %1" : : "r"(stacks + 2 * STACK), "r"(caller) : "memory");
#endif
}

int main(void)
{
	stacks = mmap(NULL, 3 * STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (stacks == MAP_FAILED) _exit(97);
	munmap(stacks + 2 * STACK, STACK);
	if (!setjmp(in_main)) begin();
	allocate(30);
	munmap(stacks + STACK, STACK);
	if (!setjmp(in_main)) longjmp(in_coroutine, 1);
	allocate(40);
	count_print();
	return 0;
}
