#include "rulecache.h"

#include "lock.h"
#include "module.h"
#include "text.h"

uint64_t rulecache_places[RULECACHE_PLACES];
struct rule rulecache_rules[1 << 16]; /* rules that occur; [0] is for those that found no place */

static uint32_t rule_count = 1;
static struct lock rulecache_lock;

static bool same(const struct rule *a, const struct rule *b) {
	uint64_t words[2][sizeof *a / 8], differ = 0;
	memcpy(words[0], a, sizeof *a);
	memcpy(words[1], b, sizeof *b);
	for (size_t i = 0; i < COUNT_OF(words[0]); i++) differ |= words[0][i] ^ words[1][i];
	return differ == 0;
}
_Static_assert(sizeof(struct rule) % 8 == 0, "a rule is compared as words");

/* Returns the number of an equal rule, or 0 where there is no room for another. A program
 * has some hundreds of different ones. */
static uint32_t intern(struct rule rule) {
	for (uint32_t i = 1; i < rule_count; i++)
		if (same(&rulecache_rules[i], &rule)) return i;
	if (rule_count == COUNT_OF(rulecache_rules)) return 0;
	rulecache_rules[rule_count] = rule;
	return rule_count++;
}

/* Returns so many words as the rule's offset is, if it is one of 1 to RULECACHE_WORDS words
 * down; else 0. */
static uint32_t words_down(arch_words words) { return words < 0 && words >= -RULECACHE_WORDS ? (uint32_t)-words : 0; }

/* Returns the rule as a place has it; 0: there is no room for another rare one. */
static uint32_t pack(struct rule rule) {
	uint32_t fp = words_down(rule.fp_words), cfa = (uint32_t)rule.cfa_offset / 8, ra = 1;
	bool common = (rule.cfa == CFA_SP || rule.cfa == CFA_FP) && rule.cfa_offset >= 0 && rule.cfa_offset % 8 == 0 && cfa <= RULECACHE_CFA_WORDS;
#if !ARCH_RA_BELOW_CFA
	ra = words_down(rule.ra_words);
	common = common && rule.ra == RA_AT_CFA && ra;
#endif
	if (common && (rule.fp == FP_SAME || (rule.fp == FP_AT_CFA && fp)))
		return (uint32_t)(rule.cfa == CFA_SP ? RULECACHE_BY_SP : RULECACHE_BY_FP) | cfa << RULECACHE_CFA_AT | (rule.fp == FP_SAME ? 0 : fp) << RULECACHE_FP_AT | ra << RULECACHE_RA_AT;
	uint32_t number = intern(rule);
	return number ? RULECACHE_RARE | number : 0;
}

struct rule rulecache_rule(uint32_t rule) {
	if ((rule & RULECACHE_KINDS) == RULECACHE_RARE) return rulecache_rules[rule & (COUNT_OF(rulecache_rules) - 1)];
	uint32_t fp = rule >> RULECACHE_FP_AT & RULECACHE_WORDS;
	return (struct rule) {
		.cfa = rule & RULECACHE_BY_SP ? CFA_SP : CFA_FP,
		.cfa_offset = (int32_t)(rule >> RULECACHE_CFA_AT & RULECACHE_CFA_WORDS) * 8,
		.fp = fp ? FP_AT_CFA : FP_SAME,
		.fp_words = (arch_words) - (arch_words)fp,
#if !ARCH_RA_BELOW_CFA
		.ra = RA_AT_CFA,
		.ra_words = -(arch_words)(rule >> RULECACHE_RA_AT & RULECACHE_WORDS),
#endif
	};
}

/* Returns the address whose rule a place has. */
static uintptr_t pc_at(uint32_t place, uint64_t word) {
	uintptr_t high = (uintptr_t)(word >> 32) << RULECACHE_BITS;
	return high | (rulecache_place(high) ^ place ^ (word >> 31 & 1));
}

void rulecache_forget(const struct nodes_range *ranges, unsigned count) {
	struct locked held = lock_take(&rulecache_lock);
	/* Also where a signal handler has not got the lock: the rule that its thread is about to
	 * keep is of the old epoch then, and the thread will notice. */
	for (uint32_t i = 0; i < RULECACHE_PLACES; i++) {
		uint64_t word = load_relaxed(&rulecache_places[i]);
		if (word && nodes_range_of(ranges, count, pc_at(i, word))) store_relaxed(&rulecache_places[i], 0);
	}
	lock_release(held);
}

void rulecache_unlock_in_child(void) { lock_reset(&rulecache_lock); }

/* Puts the rule for pc at its place, or the one beside it. */
static void put(uintptr_t pc, uint32_t rule) {
	uint64_t *first = &rulecache_places[rulecache_place(pc)], *second = &rulecache_places[rulecache_place(pc) ^ 1];
	uint64_t key = rulecache_key(pc), at_first = load_relaxed(first), at_second = load_relaxed(second);
	bool beside = at_first >> 31 != key && at_first && (at_second >> 31 == (key | 1) || !at_second || rule & 1); /* where both are taken, one of them goes */
	store_release(beside ? second : first, (key | beside) << 31 | rule);
}

void rulecache_learn(uintptr_t pc, uint32_t epoch, struct rule rule) {
	struct locked held = lock_take(&rulecache_lock);
	uint32_t word = held.lock && epoch == load_relaxed(&module_epoch) ? pack(rule) : 0;
	if (word) put(pc, word);
	lock_release(held);
}
