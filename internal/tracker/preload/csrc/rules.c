#include "rules.h"

#include "lock.h"
#include "module.h"

uint64_t rule_places[RULE_PLACES];
struct rule rule_table[1 << 16]; /* rules that occur; [0] is for those that found no place */

static uint32_t rule_count = 1;
static struct lock rules_lock;

/* Number of an equal rule, or 0 where there is no room for another. A program
 * has some hundreds of different ones. */
static uint32_t intern(struct rule rule) {
	uint64_t bits, other;
	memcpy(&bits, &rule, sizeof bits);
	for (uint32_t i = 1; i < rule_count; i++) {
		memcpy(&other, &rule_table[i], sizeof other);
		if (other == bits) return i;
	}
	if (rule_count == COUNT_OF(rule_table)) return 0;
	rule_table[rule_count] = rule;
	return rule_count++;
}
_Static_assert(sizeof(struct rule) == sizeof(uint64_t), "a rule is compared as a word");

void rules_forget(void) {
	struct locked held = lock(&rules_lock);
	for (uint32_t i = 0; i < RULE_PLACES; i++) store_relaxed(&rule_places[i], 0);
	unlock(held);
}

void rules_unlock_in_child(void) { lock_reset(&rules_lock); }

struct rule rule_miss(struct thread *t, uintptr_t pc) {
	struct rule rule = {.cfa = CFA_CHAIN};
	if (pc >> 47) return rule; /* no address of a program */
	module_refresh(t);
	uint32_t epoch = load_acquire(&module_epoch);
	const struct module *m = module_at(pc);
	if (m && m->has_cfi) rule = cfi_rule(&m->cfi, pc);

	struct locked held = lock(&rules_lock);
	uint32_t number = epoch == load_relaxed(&module_epoch) ? intern(rule) : 0;
	if (number) {
		uint32_t place = rule_place(pc);
		if (load_relaxed(&rule_places[place])) place ^= 1;
		if (load_relaxed(&rule_places[place])) place ^= number & 1; /* both taken: one of them goes */
		store_release(&rule_places[place], (uint64_t)pc << 16 | number);
	}
	unlock(held);
	return rule;
}
