/* The unwind rules of addresses: those of the cache, or of a module's information. */
#ifndef HEAPPROF_RULES_H
#define HEAPPROF_RULES_H

#include "rulecache.h"
#include "thread.h"

COLD struct rule rules_miss(struct thread *t, uintptr_t pc);

/* Reports whether no unwind information speaks of where the rule holds. */
ALWAYS_INLINE bool rules_have_no_cfi(const struct rule *rule) { return rule->cfa == CFA_CHAIN || rule->cfa == CFA_RECORD; }

/* The rule of the frame that is at pc. */
ALWAYS_INLINE struct rule rules_at(struct thread *t, uintptr_t pc) {
	uint32_t rule = rulecache_find(pc);
	return likely(rule) ? rulecache_rule(rule) : rules_miss(t, pc);
}

#endif
