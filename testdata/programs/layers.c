/* An allocator of the user's in layers, named to the profiler: outer_alloc and
 * outer_free over inner_alloc and inner_free. Both may be called by themselves, and
 * are, also by signal handlers that interrupt them at any instruction: they take
 * memory from a static array by one atomic addition. Counts what is asked of the
 * outermost layer.
 *
 * Some ways from one layer to the next are short, some have a frame of a page, and
 * some do not come back: abandon_alloc leaves by longjmp, as operator new does by an
 * exception, and what is allocated next comes from deeper frames, or from the very place
 * where abandon_alloc's own layer was called. */
#define _GNU_SOURCE
#include <alloca.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>

#include "count.h"

enum { HEADER = 32, ROOM = 64 << 20 };

static char room[ROOM] __attribute__((aligned(64)));
static size_t used;
static jmp_buf recovery;

__attribute__((noinline)) void *inner_alloc(size_t size)
{
	size_t at = __atomic_fetch_add(&used, (size + 31) & ~(size_t)31, __ATOMIC_RELAXED);
	return at + size <= ROOM ? room + at : NULL;
}

__attribute__((noinline)) void inner_free(void *block)
{
	__atomic_store_n((char *)block, 0, __ATOMIC_RELAXED);
}

__attribute__((noinline)) static void *by_a_large_frame(size_t size)
{
	volatile char large[5000];
	large[size % sizeof large] = 1;
	void *block = inner_alloc(size);
	return large[size % sizeof large] ? block : NULL;
}

__attribute__((noinline)) void *outer_alloc(size_t size)
{
	char *block = size % 2 ? by_a_large_frame(size + HEADER) : inner_alloc(size + HEADER);
	return block ? block + HEADER : NULL;
}

__attribute__((noinline)) void outer_free(void *block)
{
	inner_free((char *)block - HEADER);
}

__attribute__((noinline)) static void *by_the_same_call(size_t size)
{
	void *block = inner_alloc(size);
	return block;
}

__attribute__((noinline)) void *abandon_alloc(size_t size)
{
	inner_free(by_the_same_call(size)); /* part of a call that will not have been */
	longjmp(recovery, 1);
}

__attribute__((noinline)) static void use_outer(size_t size)
{
	void *block = outer_alloc(size);
	count_alloc(size);
	outer_free(block);
	count_free(size);
}

__attribute__((noinline)) static void use_inner(size_t size)
{
	void *block = inner_alloc(size);
	count_alloc(size);
	inner_free(block);
	count_free(size);
}

__attribute__((noinline)) static void deeper(int frames, size_t size)
{
	volatile char frame[100];
	frame[0] = 1;
	if (frames)
		deeper(frames - 1, size);
	else
		use_outer(size);
	frame[1] = 2;
}

__attribute__((noinline)) static void further_down(size_t by, size_t size)
{
	volatile char *room = alloca(by + 1);
	room[by] = 1;
	void *block = by_the_same_call(size);
	count_alloc(size);
	inner_free(block);
	count_free(size);
}

static volatile int ticks;

static void on_timer(int signal)
{
	(void)signal;
	use_inner(48);
	use_outer(55);
	ticks++;
}

static void tick(void (*handler)(int), int flags)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags | SA_RESTART};
	struct itimerval every = {{0, handler ? 1000 : 0}, {0, handler ? 1000 : 0}};
	if (handler)
		sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &every, NULL);
}

int main(void)
{
	static char other_stack[1 << 16];
	stack_t stack = {.ss_sp = other_stack, .ss_size = sizeof other_stack};
	sigaltstack(&stack, NULL);

	for (size_t i = 1; i < 1000; i++) { /* of 0 bytes, two could have one address */
		use_outer(i);
		use_inner(i);
	}
	for (volatile int i = 0; i < 100; i++) {
		if (!setjmp(recovery))
			abandon_alloc(64);
		else
			deeper(i % 10, 20); /* frames that begin where abandon_alloc's was */
	}
	for (volatile size_t by = 0; by < 1024; by += 16) {
		if (!setjmp(recovery))
			abandon_alloc(64);
		else
			further_down(by, 20);
	}
	for (int flags = 0; flags <= SA_ONSTACK; flags += SA_ONSTACK) {
		ticks = 0;
		tick(on_timer, flags);
		for (size_t i = 0; ticks < 50 && used < ROOM / 2 + (flags ? ROOM / 4 : 0); i++)
			use_outer(i % 100 + 1);
		tick(NULL, 0);
	}
	count_print();
	return 0;
}
