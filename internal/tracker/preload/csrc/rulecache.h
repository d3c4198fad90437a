/* Unwind rules by address: a cache, shared by all threads. */
#ifndef HEAPPROF_RULECACHE_H
#define HEAPPROF_RULECACHE_H

#include "cfi.h"
#include "nodes.h"

enum {
	RULECACHE_BITS = 16,
	RULECACHE_PLACES = 1 << RULECACHE_BITS,
};

/* One word an address: pc << 16 | number of the rule. A word is read and
 * written whole, so threads share the table without a lock. */
extern uint64_t rulecache_places[RULECACHE_PLACES];
extern struct rule rulecache_rules[1 << 16];

/* Forgets the rules of the addresses in the ranges. To be called when module_epoch has changed. */
void rulecache_forget(const struct nodes_range *ranges, unsigned count);

/* In a forked child: releases the lock, whose holder is not there. */
void rulecache_unlock_in_child(void);

ALWAYS_INLINE uint32_t rulecache_place(uintptr_t pc) {
	return (uint32_t)((pc * 0x9e3779b97f4a7c15ull) >> (64 - RULECACHE_BITS));
}

/* Keeps another rule for pc, as long as module_epoch is still the given one. */
COLD void rulecache_learn(uintptr_t pc, uint32_t epoch, struct rule rule);

/* Returns the rule that is kept for pc, or NULL. */
ALWAYS_INLINE const struct rule *rulecache_find(uintptr_t pc) {
	uint32_t place = rulecache_place(pc);
	uint64_t word = load_relaxed(&rulecache_places[place]);
	if (likely(word >> 16 == pc)) return &rulecache_rules[word & 0xffff];
	word = load_relaxed(&rulecache_places[place ^ 1]);
	return likely(word >> 16 == pc) ? &rulecache_rules[word & 0xffff] : NULL;
}

#endif
