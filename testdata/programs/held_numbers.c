/* Random numbers below 2^31 in blocks that are held, and lost blocks. In a program that is not
 * position-independent the heap begins below 2^31, too, so that some of the numbers would be addresses of blocks. */
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

enum { BLOCKS = 200, NUMBERS = 1000, LOST = 20000 };

static uint64_t *held[BLOCKS];

static __attribute__((noinline)) void numbers(void)
{
	uint64_t state = 88172645463325252;
	for (int i = 0; i < BLOCKS; i++) {
		held[i] = malloc(NUMBERS * sizeof *held[i]);
		for (int j = 0; j < NUMBERS; j++) {
			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
			held[i][j] = state >> 33;
		}
	}
}

static __attribute__((noinline)) void lost(void)
{
	volatile char space[1 << 16]; /* far from the stack of _exit */
	space[0] = 1;
	for (int i = 0; i < LOST; i++) {
		void *volatile block = malloc(200);
		block = NULL;
	}
	space[1] = space[0];
}

int main(void)
{
	numbers();
	lost();
	_exit(0);
}
