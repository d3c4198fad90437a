/* A place of the cache has an address and its rule in one word: what comes out is what was
 * put in, for rules of all kinds and addresses near and far, and what lies in a range of
 * addresses, and nothing else, is forgotten with it. */
#include "../csrc/rulecache.h"

#include <stdio.h>
#include <string.h>

#include "host.h"

uint32_t module_epoch;

enum {
	ADDRESSES = 20000,
	FEW_LOST = ADDRESSES / 10, /* of those that share both of their places with others */
};

static uintptr_t pcs[ADDRESSES];
static struct rule rules[ADDRESSES];

static uint64_t draw(void) {
	static uint64_t state = 88172645463325252u;
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static struct rule draw_rule(void) {
	uint64_t r = draw();
	struct rule rule = {.cfa = (uint8_t)(CFA_SP + r % 3), .fp = (uint8_t)(r >> 8) % 3};
	rule.cfa_offset = (int32_t)(r >> 16 & 15) * (r >> 20 & 1 ? 8 : 4096) - (int32_t)(r >> 21 & 1);
	if (rule.fp) rule.fp_words = (arch_words)((int)(r >> 24 & 7) * (r >> 28 & 1 ? -1 : 300) - 2);
	return rule;
}

/* Returns how many are not found. */
static unsigned look(uintptr_t gone_from, uintptr_t gone_end) {
	unsigned lost = 0;
	for (unsigned i = 0; i < ADDRESSES; i++) {
		uint32_t found = rulecache_find(pcs[i]);
		if (pcs[i] >= gone_from && pcs[i] < gone_end) {
			require(!found);
			continue;
		}
		lost += !found;
		struct rule rule = rulecache_rule(found);
		require(!found || memcmp(&rule, &rules[i], sizeof rule) == 0);
	}
	return lost;
}

int main(void) {
	static const uintptr_t modules[] = {0x400000, 0x555555554000, 0x7ffff7dc1000, 0x7ffff7fff000, 0x7fffffffe000};
	for (unsigned i = 0; i < ADDRESSES; i++) {
		/* No address twice. */
		pcs[i] = modules[i % COUNT_OF(modules)] + i * 7919ull % (1 << 20);
		rules[i] = draw_rule();
		rulecache_learn(pcs[i], module_epoch, rules[i]);
	}
	unsigned lost = look(0, 0);
	require(lost < FEW_LOST);
	struct nodes_range range = {.start = modules[2] + 1000, .end = modules[2] + 500000};
	rulecache_forget(&range, 1);
	unsigned in_range = 0;
	for (unsigned i = 0; i < ADDRESSES; i++) in_range += pcs[i] >= range.start && pcs[i] < range.end;
	require(in_range > 1000 && look(range.start, range.end) <= lost);
	printf("as learned, and gone\n");
	return 0;
}
