/* The numbers by which the recorder knows functions that have no code of their own in a module. A table has them by the addresses
 * of what describes the functions in the program's memory; another one may come to lie at an address, and gets
 * another number then. The table is never emptied. */
#ifndef HEAPPROF_CODES_H
#define HEAPPROF_CODES_H

#include "base.h"

struct codes_slot {
	uintptr_t code;
	uint64_t known; /* the number << 40 | so much of the description's print */
};

/* Returns a table, whose contents no forked child has; NULL: there is no memory for it. */
struct codes_slot *codes_new(void);

void codes_free(struct codes_slot *table);

/* Reports whether any description at an address has had a number. */
bool codes_has(const struct codes_slot *table, uintptr_t code);

/* Returns the number that a description has which is told by its address and its print, 0 where it has none. Then *place is where
 * one is to be put, by codes_keep; NULL: there is no room. */
uint64_t codes_find(struct codes_slot *table, uintptr_t code, uint64_t print, struct codes_slot **place);
void codes_keep(struct codes_slot *place, uint64_t number, uint64_t print);

ALWAYS_INLINE uint64_t codes_mix(uint64_t hash, uint64_t with) {
	hash = (hash ^ with) * 0x9e3779b97f4a7c15ull;
	return hash ^ hash >> 32;
}

#endif
