/* Many stacks: argv[2] times goes through argv[1] different stacks (ways.h), 24 calls
 * deep, in an order that has no pattern, and from each allocates a block and frees the
 * oldest of 4,096. 200,000 stacks have some 1.1 million nodes of the call tree. */
#include "ways.h"

enum { WINDOW = 4096, BITS = 18, DEPTH = 21 };

int main(int argc, char **argv)
{
	static void *blocks[WINDOW];
	if (argc < 3)
		return 2;
	long stacks = atol(argv[1]), rounds = atol(argv[2]);
	if (stacks < 1 || stacks > 1 << BITS)
		return 2;
	/* An odd factor of 18 bits: all numbers below 2^18 come, and each once. */
	uint32_t at = 0;
	for (long i = 0; i < stacks * rounds; i++) {
		if (i % stacks == 0)
			at = 0;
		at = (at + 165667) % (1 << BITS);
		free(blocks[i % WINDOW]);
		blocks[i % WINDOW] = way(at, DEPTH, BITS, 16 + i % 113);
	}
	return 0;
}
