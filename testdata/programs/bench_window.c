/* Keeps argv[1] blocks of random sizes live, and argv[2] times frees one at
 * random and allocates another in its place, from a few dozen call sites. */
#include <stdint.h>
#include <stdlib.h>

static uint64_t state = 88172645463325252u;

static uint64_t draw(void) /* Marsaglia's xorshift64 */
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* Mostly small, as programs ask: 8 to 135 bytes, and one in 64 up to 4 KiB more. */
static size_t draw_size(void)
{
	uint64_t r = draw();
	return 8 + (r & 127) + ((r >> 7 & 63) == 0 ? r >> 13 & 4095 : 0);
}

/* The path through this recursion is the call stack: 2^5 of them. */
__attribute__((noinline)) static void *allocate(unsigned path, int depth, size_t size)
{
	void *p;
	if (depth == 0) {
		p = malloc(size);
		*(char *)p = 1;
	} else if (path & 1) {
		p = allocate(path >> 1, depth - 1, size);
		__asm__ volatile("" : "+r"(p)); /* no tail call */
	} else {
		p = allocate(path >> 1, depth - 1, size);
		__asm__ volatile("nop" : "+r"(p)); /* another return address */
	}
	return p;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	size_t live = strtoul(argv[1], NULL, 10), rounds = strtoul(argv[2], NULL, 10);
	void **blocks = malloc(live * sizeof *blocks);
	for (size_t i = 0; i < live; i++)
		blocks[i] = allocate((unsigned)draw(), 5, draw_size());
	for (size_t i = 0; i < rounds; i++) {
		size_t at = draw() % live;
		free(blocks[at]);
		blocks[at] = allocate((unsigned)(draw() >> 32), 5, draw_size());
	}
	return 0;
}
