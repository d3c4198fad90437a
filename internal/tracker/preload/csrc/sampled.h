/* The sampled blocks of a process that live, by their addresses. Whoever frees a block asks
 * here whether it was recorded: most were not, and a byte says so for all blocks near an
 * address. A forked child has its parent's.
 *
 * What a signal handler that leaves a hook for good leaves half done (addresses.h) only makes a block look
 * as if it had been recorded, and the recorder takes no notice of the end of a block that it does
 * not know. */
#ifndef HEAPPROF_SAMPLED_H
#define HEAPPROF_SAMPLED_H

#include "base.h"

enum {
	SAMPLED_NEAR_BITS = 9, /* 512 bytes of addresses share a byte */
	SAMPLED_BYTES = 1 << 16,
};

/* How many sampled blocks lie near an address, by the address / 512. Where every block is
 * recorded this is one byte, which is not 0. */
struct sampled {
	const uint8_t *near;
	uintptr_t mask;
};
extern struct sampled sampled __attribute__((visibility("hidden")));

/* Reports whether the block at an address was surely not sampled. NULL was not. */
ALWAYS_INLINE bool sampled_not(const void *block) {
	return load_relaxed(&sampled.near[(uintptr_t)block >> SAMPLED_NEAR_BITS & sampled.mask]) == 0;
}

/* Makes room. Returns false if there is none. */
COLD bool sampled_begin(void);

/* Adds a block, before the program knows of it. Returns false where there is no room. */
COLD bool sampled_add(uintptr_t address);

/* Reports whether there is such a block. */
COLD bool sampled_holds(uintptr_t address);

/* Removes a block, while the program still has it. */
COLD void sampled_remove(uintptr_t address);

#endif
