#include "codes.h"

#include "sys.h"

enum {
	SLOTS = 1 << 17,
	MOST_TRIES = 64,
	NUMBER_SHIFT = 40,
};

static const uint64_t printed = (1ull << NUMBER_SHIFT) - 1;

struct codes_slot *codes_new(void) {
	struct codes_slot *table = sys_map(SLOTS * sizeof *table);
	if (!table) return NULL;
	/* A forked child tells of its functions anew. */
	if (sys_wipe_on_fork(table, SLOTS * sizeof *table) == 0) return table;
	codes_free(table);
	return NULL;
}

void codes_free(struct codes_slot *table) { sys_unmap(table, SLOTS * sizeof *table); }

static uint64_t hash_of(uintptr_t code) { return (code >> 4) * 0x9e3779b97f4a7c15ull >> 40; }

bool codes_has(const struct codes_slot *table, uintptr_t code) {
	uint64_t hash = hash_of(code);
	for (unsigned i = 0; i < MOST_TRIES; i++) {
		const struct codes_slot *s = &table[(hash + i) % SLOTS];
		uintptr_t there = load_acquire(&s->code);
		if (there == code || !there) return there && load_relaxed(&s->known);
	}
	return false;
}

uint64_t codes_find(struct codes_slot *table, uintptr_t code, uint64_t print, struct codes_slot **place) {
	uint64_t hash = hash_of(code);
	*place = NULL;
	for (unsigned i = 0; i < MOST_TRIES; i++) {
		struct codes_slot *s = &table[(hash + i) % SLOTS];
		uintptr_t there = load_acquire(&s->code);
		if (!there && __atomic_compare_exchange_n(&s->code, &there, code, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) there = code;
		if (there != code) continue;
		*place = s;
		uint64_t known = load_acquire(&s->known);
		return known && ((known ^ print) & printed) == 0 ? known >> NUMBER_SHIFT : 0;
	}
	return 0;
}

void codes_keep(struct codes_slot *place, uint64_t number, uint64_t print) { store_release(&place->known, number << NUMBER_SHIFT | (print & printed)); }
