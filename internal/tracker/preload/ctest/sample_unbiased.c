/* Which blocks are sampled, by the countdown of a thread that allocates blocks of several
 * sizes by turns. Prints for each of 200 seeds how many of each size were, then what was
 * counted of all. */
#include "../csrc/sample.h"

#include "host.h"

#include <stdio.h>

enum {
	MEAN = 512,
	SEEDS = 200,
	ROUNDS = 10000,
};
static const size_t sizes[] = {16, 64, 500, 1000, 4000, 0};

int main(void) {
	struct thread *t = host_thread();
	process.sample_mean = MEAN;
	uint64_t bytes = 0;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		unsigned taken[COUNT_OF(sizes)] = {0};
		t->random = seed << 32; /* as alike as seeds may be */
		t->ring->countdown.left = t->ring->countdown.drawn = t->ring->countdown.blocks = 0;
		sample_begin(t, &t->ring->countdown);
		for (unsigned round = 0; round < ROUNDS; round++)
			for (unsigned i = 0; i < COUNT_OF(sizes); i++) taken[i] += sample_takes(t, sizes[i]);
		for (unsigned i = 0; i < COUNT_OF(sizes); i++) printf("%u ", taken[i]);
		printf("\n");
		bytes = t->countdown->drawn - t->countdown->left;
		require(t->countdown->blocks == ROUNDS * COUNT_OF(sizes));
	}
	printf("%ju\n", (uintmax_t)bytes);
	return 0;
}
