/* Calls through a trampoline that lies at the very beginning of memory that can be read, as the first
 * one of an arena of CPython's does (-X perf): its call ends 6 bytes behind the beginning, and no page is mapped in front.
 * With a frame pointer (called by framed) and without (called by frameless). Counts every block. x86-64. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "count.h"

typedef void *take_size(size_t);
typedef void *trampoline(size_t, take_size *);

__attribute__((noinline)) static void *take(size_t size)
{
	void *p = malloc(size);
	count_alloc(size);
	return p;
}

static trampoline *edge(const char *code, size_t bytes)
{
	enum { PAGE = 4096 };
	char *memory = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED || mprotect(memory, PAGE, PROT_NONE))
		_exit(98);
	memcpy(memory + PAGE, code, bytes);
	if (mprotect(memory + PAGE, PAGE, PROT_READ | PROT_EXEC))
		_exit(97);
	return (trampoline *)(memory + PAGE);
}

__attribute__((noinline)) static void *framed(trampoline *f, size_t size)
{
	void *p = f(size, take);
	__asm__ volatile("" ::: "memory");
	return p;
}

__attribute__((noinline)) static void *frameless(trampoline *f, size_t size)
{
	void *p = f(size, take);
	__asm__ volatile("" ::: "memory");
	return p;
}

int main(void)
{
	/* push %rbp; mov %rsp, %rbp; call *%rsi; pop %rbp; ret */
	trampoline *with = edge("\x55\x48\x89\xe5\xff\xd6\x5d\xc3", 8);
	/* sub $8, %rsp; call *%rsi; add $8, %rsp; ret */
	trampoline *without = edge("\x48\x83\xec\x08\xff\xd6\x48\x83\xc4\x08\xc3", 11);
	for (int i = 0; i < 100; i++) {
		free(framed(with, 10 + i));
		count_free(10 + i);
		free(frameless(without, 20 + i));
		count_free(20 + i);
	}
	count_print();
	return 0;
}
