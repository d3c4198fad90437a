/* Unwind rules by address: a cache, shared by all threads. */
#ifndef HEAPPROF_RULECACHE_H
#define HEAPPROF_RULECACHE_H

#include "cfi.h"
#include "nodes.h"

enum {
	RULECACHE_BITS = 16,
	RULECACHE_PLACES = 1 << RULECACHE_BITS,
};

/* One word an address, read and written whole, so that threads share the table without a lock.
 * Above bit 31 it has what the place does not tell of the address, and in bit 31 whether it
 * stands beside its place; below, the rule itself, or, of a rare kind, its number. */
extern uint64_t rulecache_places[RULECACHE_PLACES];
extern struct rule rulecache_rules[1 << 16];

/* The common rules: the CFA lies words above sp or fp, the return address and, perhaps, the
 * caller's fp lie words below the CFA. Common as they are, they take no second look. */
enum {
	RULECACHE_BY_SP = 1 << 29,
	RULECACHE_BY_FP = 2 << 29,
	RULECACHE_RARE = 3 << 29, /* number in the lowest bits */
	RULECACHE_KINDS = 3 << 29,
	RULECACHE_CFA_AT = 18, /* bits from here on, 11 of them */
	RULECACHE_FP_AT = 9,   /* 9; 0: fp is not saved */
	RULECACHE_RA_AT = 0,   /* 9 */
	RULECACHE_WORDS = (1 << 9) - 1,
	RULECACHE_CFA_WORDS = (1 << 11) - 1,
};

/* Forgets the rules of the addresses in the ranges. To be called when module_epoch has changed. */
void rulecache_forget(const struct nodes_range *ranges, unsigned count);

/* In a forked child: releases the lock, whose holder is not there. */
void rulecache_unlock_in_child(void);

/* Where the rule for an address is: two addresses of one place differ in the upper bits. */
ALWAYS_INLINE uint32_t rulecache_place(uintptr_t pc) { return (pc ^ pc >> 16 ^ pc >> 29) & (RULECACHE_PLACES - 1); }

/* The upper bits of the word. */
ALWAYS_INLINE uint64_t rulecache_key(uintptr_t pc) { return (uint64_t)(pc >> RULECACHE_BITS) << 1; }

/* Keeps another rule for pc, as long as module_epoch is still the given one. */
COLD void rulecache_learn(uintptr_t pc, uint32_t epoch, struct rule rule);

/* Returns the rule that is kept for pc, as in a place; 0: none. */
ALWAYS_INLINE uint32_t rulecache_find(uintptr_t pc) {
	uint32_t place = rulecache_place(pc);
	uint64_t word = load_relaxed(&rulecache_places[place]), key = rulecache_key(pc);
	if (likely(word >> 31 == key)) return (uint32_t)word & ~(1u << 31);
	word = load_relaxed(&rulecache_places[place ^ 1]);
	return likely(word >> 31 == (key | 1)) ? (uint32_t)word & ~(1u << 31) : 0;
}

/* The rule that a place's word says. */
struct rule rulecache_rule(uint32_t rule);

#endif
