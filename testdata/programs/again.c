/* Stacks that come again and again, by turns, each a way down through functions of different
 * frames: two of one size, so that ways differ in one word, the rest being the same; one of
 * more than 256 KiB; one whose frame's size the compiler does not know, so that it lies by
 * the frame pointer, which its callees keep, or save and use for something else. First forty
 * ways many times in random turn; then more ways than a thread can remember, each several
 * times; then the first ones by turns with ways that have another function at the same
 * place of the stack; then two that differ in how large the frames are. Counts every block. */
#include <alloca.h>
#include <stdint.h>
#include <stdlib.h>

#include "count.h"

enum { DEPTH = 14 };

#define NOINLINE __attribute__((noinline, noclone))

typedef void step(uint64_t way, int left);

NOINLINE static void take(size_t bytes)
{
	void *p = malloc(bytes);
	count_alloc(bytes);
	__asm__ volatile("" : : "r"(p) : "memory");
	free(p);
	count_free(bytes);
}

static step one, other, large, sized, changes;
static step *const steps[] = {one, other, one, other, sized, changes, large, one};

static inline void next(uint64_t way, int left)
{
	if (left == 0)
		take(8 + way % 8);
	else
		steps[way % 8](way / 8, left - 1);
	__asm__ volatile("" : : : "memory"); /* no tail call */
}

NOINLINE static void one(uint64_t way, int left)
{
	next(way, left);
}

NOINLINE static void other(uint64_t way, int left)
{
	next(way, left);
	__asm__ volatile("nop");
}

NOINLINE static void large(uint64_t way, int left)
{
	char room[left % 4 == 0 ? 1 : 300 << 10];
	__asm__ volatile("" : : "r"(room) : "memory");
	next(way, left);
	__asm__ volatile("" : : "r"(room) : "memory");
}

NOINLINE static void sized(uint64_t way, int left)
{
	char *room = alloca(16 + way % 4 * 32);
	__asm__ volatile("" : : "r"(room) : "memory");
	next(way, left);
	__asm__ volatile("" : : "r"(room) : "memory");
}

/* Saves the frame pointer, and leaves another value in it. */
NOINLINE static void changes(uint64_t way, int left)
{
#if defined(__x86_64__) && !defined(KEEPS_FRAME_POINTER)
	__asm__ volatile("xor %%ebp, %%ebp" : : : "rbp");
#endif
	next(way, left);
}

static uint64_t draw(void)
{
	static uint64_t state = 88172645463325252u;
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

NOINLINE static void shares_inner(size_t bytes)
{
	char *room = alloca(bytes);
	__asm__ volatile("" : : "r"(room) : "memory");
	take(40);
	__asm__ volatile("" : : "r"(room) : "memory");
}

/* Two frames that share some room, now the one more and now the other. Where the return
 * address of the inner one is in one case, it still is in the other, though not used. */
NOINLINE static void shares_outer(size_t bytes)
{
	char *room = alloca(bytes);
	__asm__ volatile("" : : "r"(room) : "memory");
	if (bytes == 64)
		shares_inner(256);
	else
		shares_inner(64);
	__asm__ volatile("" : : "r"(room) : "memory");
}

/* Another function where `next` has put one of steps. */
NOINLINE static void between(uint64_t way, int left)
{
	steps[way % 2](way / 8, left);
	take(24);
}

int main(void)
{
	enum { WAYS = 40, MORE = 1500 };
	static uint64_t ways[WAYS];
	for (int i = 0; i < WAYS; i++)
		/* Half of them differ from the first in one of two functions alone. */
		ways[i] = i % 2 && i > 1 ? ways[1] ^ (uint64_t)1 << 3 * (i / 2 % DEPTH) : draw() >> 8;
	for (int i = 0; i < WAYS * 60; i++)
		next(ways[draw() % WAYS], DEPTH);
	for (int i = 0; i < MORE; i++) {
		uint64_t way = draw() >> 8;
		for (int again = 0; again < 3; again++)
			next(way, DEPTH);
	}
	for (int i = 0; i < WAYS * 10; i++) {
		uint64_t way = ways[draw() % WAYS];
		next(way, DEPTH);
		between(way, DEPTH - 1);
	}
	for (int i = 0; i < 20; i++)
		shares_outer(i % 2 ? 64 : 256);
	count_print();
	return 0;
}
