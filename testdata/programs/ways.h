/* A call stack for each number: way(number, depth, bits, size) allocates `size` bytes
 * below `depth` calls, of which each takes the next of the number's lowest `bits` bits
 * (with 6 bits: bit 0, 1, ... 5, and 0 again) and by it is one of two functions. So
 * numbers that differ in a low bit part near the root and have nothing in common below:
 * of all 2^bits numbers there come 2 + 4 + ... + 2^bits nodes of the call tree, and
 * 2^bits more for each further call. */
#ifndef WAYS_H
#define WAYS_H
#include <stdint.h>
#include <stdlib.h>

static void *way_left(uint32_t number, int depth, int bits, size_t size);
static void *way_right(uint32_t number, int depth, int bits, size_t size);

__attribute__((always_inline)) static inline void *way(uint32_t number, int depth, int bits, size_t size)
{
	uint32_t rest = number >> 1 | (number & 1) << (bits - 1);
	void *p;
	if (depth == 0) {
		p = malloc(size);
		*(char *)p = 1;
	} else if (number & 1) {
		p = way_left(rest, depth - 1, bits, size);
	} else {
		p = way_right(rest, depth - 1, bits, size);
	}
	__asm__ volatile("" : "+r"(p)); /* no tail call */
	return p;
}

__attribute__((noinline)) static void *way_left(uint32_t number, int depth, int bits, size_t size)
{
	return way(number, depth, bits, size);
}

__attribute__((noinline)) static void *way_right(uint32_t number, int depth, int bits, size_t size)
{
	void *p = way(number, depth, bits, size);
	__asm__ volatile("nop" : "+r"(p)); /* not the same code as way_left, which a compiler might merge */
	return p;
}

/* Marsaglia's xorshift64. A state is never 0. */
static inline uint64_t way_draw(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

#endif
