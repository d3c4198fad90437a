/* Sets of blocks by their addresses, each with a number if that is wanted. A forked child has its
 * parent's.
 *
 * There are no locks: a signal handler may interrupt any hook and leave it for good, and
 * fork may come at any time. What is left half done only makes a block look as if it were there. An
 * address is one thread's at a time: whose hook makes the block, or frees it. */
#ifndef HEAPPROF_ADDRESSES_H
#define HEAPPROF_ADDRESSES_H

#include "base.h"

enum { ADDRESSES_TABLES = 6 };

struct addresses {
	bool have_numbers;
	struct addresses_line *tables[ADDRESSES_TABLES]; /* NULL: not needed so far */
};

/* Makes room for the first. Returns false if there is none. */
COLD bool addresses_begin(struct addresses *set);

/* Reports whether an address, which is not 0, is in the set. *number is its number, if number is
 * not NULL. */
COLD bool addresses_find(const struct addresses *set, uintptr_t address, uint64_t *number);

/* Adds an address that is not in the set. Returns false where there is no room. */
COLD bool addresses_add(struct addresses *set, uintptr_t address, uint64_t number);

/* Removes an address. Returns false if it is not in the set. *number is as above. */
COLD bool addresses_remove(struct addresses *set, uintptr_t address, uint64_t *number);

/* Calls visit with each number. What is added or removed meanwhile may be missed. */
COLD void addresses_each(const struct addresses *set, void (*visit)(uint64_t number));

#endif
