#include "sample.h"

#include "process.h"

#ifndef HEAPPROF_ATTACHED
__thread uintptr_t sample_offset __attribute__((tls_model("initial-exec")));
struct wire_countdown *const sample_none;
#endif

/* Returns the next of a thread's random numbers, which is not 0. SplitMix64: any state is a
 * good one (Steele, Lea and Flood, Fast Splittable Pseudorandom Number Generators). */
static uint64_t next_random(struct thread *t) {
	uint64_t z = t->random += 0x9e3779b97f4a7c15ull;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	z ^= z >> 31;
	return z ? z : 1;
}

uint64_t sample_exponential(uint64_t mean, uint64_t random) {
	enum { FRACTION = 32 /* bits of the logarithm behind the point */ };
	const uint64_t ln2 = 0xb17217f8; /* in units of 2^-32 */
	/* With random as a fraction of 2^64 the answer is -ln(random) · mean. The logarithm to the
	 * base of two comes bit by bit: squaring doubles it. */
	int zeros = __builtin_clzll(random);
	uint64_t mantissa = random << zeros, log2 = (uint64_t)(63 - zeros);
	for (int i = 0; i < FRACTION; i++) {
		unsigned __int128 square = (unsigned __int128)mantissa * mantissa; /* from 2^126 on, below 2^128 */
		bool carry = square >> 127;
		mantissa = (uint64_t)(square >> (63 + carry));
		log2 = log2 << 1 | carry;
	}
	uint64_t below = ((uint64_t)64 << FRACTION) - log2;
	unsigned __int128 bytes = ((unsigned __int128)mean * below >> 16) * ln2 >> (2 * FRACTION - 16);
	return (uint64_t)bytes + 1;
}

void sample_draw(struct thread *t, size_t bytes) {
	struct wire_countdown *s = t->countdown;
	uint64_t next = sample_exponential(process.sample_mean, next_random(t));
	if (bytes) s->blocks++;
	s->drawn += bytes - s->left + next;
	s->left = next;
}

void sample_begin(struct thread *t, struct wire_countdown *s) {
	t->countdown = s;
	if (!t->random) t->random = arch_stamp_after() ^ (uint64_t)(uintptr_t)t << 20 ^ (uint64_t)process.pid << 48;
	if (!s->left) sample_draw(t, 0);
}

void sample_failed(struct thread *t, size_t bytes) {
	enum { HARDLY = 16 /* means: with a chance of e^-16 */ };
	if (process.leaf && bytes && bytes / HARDLY < process.sample_mean) t->countdown->doubtful = 1;
}
