/* Stacks in random turn: argv[1] times frees a block, the oldest of 4,096, and allocates
 * another, each from one of 64 stacks, argv[2] calls deep, that have nothing in common
 * but the first few calls (ways.h). With a third argument another thread does it all, not
 * the main thread. It allocates 4,096 blocks more than argv[1]; for a depth of 64 the
 * call tree has some 3,500 nodes. */
#include <pthread.h>

#include "ways.h"

enum { WINDOW = 4096, BITS = 6 };

static long rounds;
static int depth;

static void *work(void *arg)
{
	static void *blocks[WINDOW];
	uint64_t state = 88172645463325252u;
	for (long i = 0; i < rounds + WINDOW; i++) {
		uint64_t r = way_draw(&state);
		free(blocks[i % WINDOW]);
		blocks[i % WINDOW] = way((uint32_t)(r >> 32) % (1 << BITS), depth, BITS, 16 + (r & 127));
	}
	return arg;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	rounds = atol(argv[1]);
	depth = atoi(argv[2]) - 3; /* but for main, the work and the function at the bottom */
	if (depth < BITS)
		return 2;
	if (argc < 4) {
		work(NULL);
		return 0;
	}
	pthread_t thread;
	if (pthread_create(&thread, NULL, work, NULL))
		return 1;
	pthread_join(thread, NULL);
	return 0;
}
