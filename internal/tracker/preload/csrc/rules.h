/* Unwind rules by address: a cache, shared by all threads, over cfi.h. */
#ifndef HEAPPROF_RULES_H
#define HEAPPROF_RULES_H

#include "cfi.h"
#include "thread.h"

enum { RULECACHE_BITS = 16, RULECACHE_PLACES = 1 << RULECACHE_BITS };

/* One word an address: pc << 16 | number of the rule. A word is read and
 * written whole, so threads share the table without a lock. */
extern uint64_t rulecache_places[RULECACHE_PLACES];
extern struct rule rulecache_rules[1 << 16];

/* Empties the cache: module_epoch has moved. */
void rulecache_forget(void);

void rulecache_unlock_in_child(void);

COLD struct rule rules_miss(struct thread *t, uintptr_t pc);

ALWAYS_INLINE uint32_t rulecache_place(uintptr_t pc) {
	return (uint32_t)((pc * 0x9e3779b97f4a7c15ull) >> (64 - RULECACHE_BITS));
}

/* Keeps another rule for pc, as long as module_epoch is still the given one. */
COLD void rulecache_learn(uintptr_t pc, uint32_t epoch, struct rule rule);

/* Whether a signal handler returns to pc. */
bool code_is_sigreturn(uintptr_t pc);

/* Whether no unwind information speaks of where the rule holds. */
ALWAYS_INLINE bool rules_have_no_cfi(const struct rule *rule) { return rule->cfa == CFA_CHAIN || rule->cfa == CFA_RECORD; }

/* The rule of the frame that is at pc. */
ALWAYS_INLINE struct rule rules_at(struct thread *t, uintptr_t pc) {
	uint32_t place = rulecache_place(pc);
	uint64_t word = load_relaxed(&rulecache_places[place]);
	if (likely(word >> 16 == pc)) return rulecache_rules[word & 0xffff];
	word = load_relaxed(&rulecache_places[place ^ 1]);
	if (likely(word >> 16 == pc)) return rulecache_rules[word & 0xffff];
	return rules_miss(t, pc);
}

#endif
