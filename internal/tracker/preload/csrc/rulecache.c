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

void rulecache_forget(const struct nodes_range *ranges, unsigned count) {
	struct locked held = lock_take(&rulecache_lock);
	/* Also where a signal handler has not got the lock: the rule that its thread is about to
	 * keep is of the old epoch then, and the thread will notice. */
	for (uint32_t i = 0; i < RULECACHE_PLACES; i++) {
		uint64_t word = load_relaxed(&rulecache_places[i]);
		if (word && nodes_range_of(ranges, count, word >> 16)) store_relaxed(&rulecache_places[i], 0);
	}
	lock_release(held);
}

void rulecache_unlock_in_child(void) { lock_reset(&rulecache_lock); }

/* Returns where the rule for pc is to stand: at its place, or the one beside it. */
static uint64_t *place_for(uintptr_t pc, uint32_t number) {
	uint64_t *first = &rulecache_places[rulecache_place(pc)], *second = &rulecache_places[rulecache_place(pc) ^ 1];
	if (load_relaxed(first) >> 16 == pc) return first;
	if (load_relaxed(second) >> 16 == pc) return second;
	if (!load_relaxed(first)) return first;
	if (!load_relaxed(second)) return second;
	return number & 1 ? second : first; /* both taken: one of them goes */
}

void rulecache_learn(uintptr_t pc, uint32_t epoch, struct rule rule) {
	struct locked held = lock_take(&rulecache_lock);
	uint32_t number = held.lock && epoch == load_relaxed(&module_epoch) ? intern(rule) : 0;
	if (number) store_release(place_for(pc, number), (uint64_t)pc << 16 | number);
	lock_release(held);
}
