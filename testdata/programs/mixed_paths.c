/* Allocates at the end of random chains of calls: at each of eight levels one of
 * three functions, whose frames are partly alike in size and partly not, and one
 * of which keeps a frame pointer. So stacks that have a leaf, its caller and its
 * place in common differ further out, and come back. Every hundred blocks the
 * outer levels are chosen anew. */
#include <alloca.h>
#include <stdint.h>
#include <stdlib.h>

#define KEEP(p) __asm__ volatile("" : : "r"(p) : "memory")
#define NOINLINE __attribute__((noinline))

enum { LEVELS = 8 };

typedef void level(int at);

static level *chosen[LEVELS];
static uint32_t state = 1;

static uint32_t chance(uint32_t of)
{
	state = state * 1664525 + 1013904223; /* Numerical Recipes' generator */
	return (state >> 16) % of;
}

NOINLINE static void bottom(int which)
{
	void *p = which ? malloc(24) : calloc(3, 8);
	KEEP(p);
	free(p);
}

static void next(int at)
{
	if (at == LEVELS)
		bottom((int)chance(2));
	else
		chosen[at](at);
}

NOINLINE static void plain(int at)
{
	next(at + 1);
	KEEP(&chosen);
}

NOINLINE static void alike(int at)
{
	next(at + 1);
	KEEP(&state);
}

NOINLINE static void wide(int at)
{
	char *room = alloca(16 + 16 * chance(3));
	KEEP(room);
	next(at + 1);
	KEEP(room);
}

int main(void)
{
	static level *const all[] = {plain, alike, wide};
	for (int i = 0; i < 200000; i++) {
		for (int at = i % 100 ? (int)chance(LEVELS) : 0; at < LEVELS; at++)
			chosen[at] = all[chance(3)];
		chosen[0](0);
	}
	return 0;
}
