/* 60 requests at once, each of which has an arena of 64 KiB; begun in 60 steps a millisecond apart, and then
 * worked on for as long.
 *
 * planted:  each takes 2,000 bytes of its arena, from its end on. Must be found: sparse-chunks, at the marked line.
 * harmless: each takes 40,000. Must not be found: sparse-chunks. */
#include "pace.h"

enum { REQUESTS = 60, CHUNK = 65536 };

static struct arena {
	char *chunk;
	int used;
} arenas[REQUESTS];

static void arena_init(struct arena *a)
{
	a->chunk = malloc(CHUNK); /* site: sparse-chunks */
	a->used = 0;
}

static char *arena_take(struct arena *a, int size)
{
	a->used += size;
	return a->chunk + CHUNK - a->used;
}

int main(int argc, char **argv)
{
	int pieces = is_planted(argc, argv) ? 20 : 400;
	for (int step = 0; step < 2 * REQUESTS; step++) {
		if (step < REQUESTS) {
			arena_init(&arenas[step]);
			for (int i = 0; i < pieces; i++)
				memset(arena_take(&arenas[step], 100), 'a' + (step + i) % 26, 100);
		}
		next_request();
	}
	return arenas[0].used == 100 * pieces ? 0 : 1;
}
