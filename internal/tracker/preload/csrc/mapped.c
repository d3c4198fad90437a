#include "mapped.h"

#ifdef HEAPPROF_ATTACHED

enum { PAGE = 4096,
	TAKEN = 1 /* in at: an entry that is taken, and has nothing yet */ };

struct wire_guest_mapping mapped_all[MAPPED_PLACES];
static uint32_t last; /* what was taken last */

struct wire_guest_mapping *mapped_begin(void) {
	for (uint32_t tries = 0, at = load_relaxed(&last); tries < MAPPED_PLACES; tries++, at++) {
		struct wire_guest_mapping *m = &mapped_all[at % MAPPED_PLACES];
		uint64_t nothing = 0;
		if (load_relaxed(&m->at) || !__atomic_compare_exchange_n(&m->at, &nothing, TAKEN, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) continue;
		store_relaxed(&last, at % MAPPED_PLACES);
		return m;
	}
	return NULL;
}

void mapped_end(struct wire_guest_mapping *m, const void *at, size_t bytes) {
	if (at) store_relaxed(&m->bytes, (bytes + PAGE - 1) & ~(uint64_t)(PAGE - 1));
	store_release(&m->at, (uint64_t)at);
}

/* Mostly, what goes first came last. */
static struct wire_guest_mapping *find(const void *at) {
	for (uint32_t tries = 0, i = load_relaxed(&last); tries < MAPPED_PLACES; tries++, i--) {
		struct wire_guest_mapping *m = &mapped_all[i % MAPPED_PLACES];
		if (load_relaxed(&m->at) == (uint64_t)at) return m;
	}
	return NULL;
}

void mapped_forget(const void *at, size_t bytes) {
	struct wire_guest_mapping *m = find(at);
	if (!m) return;
	uint64_t whole = (bytes + PAGE - 1) & ~(uint64_t)(PAGE - 1), had = m->bytes;
	store_relaxed(&m->bytes, 0);
	store_release(&m->at, had > whole ? (uint64_t)at + whole : 0);
	if (had > whole) store_release(&m->bytes, had - whole);
}

void mapped_move(const void *at, struct wire_guest_mapping *to) {
	struct wire_guest_mapping *m = find(at);
	if (!m) return;
	*to = *m;
	store_relaxed(&m->bytes, 0);
	store_release(&m->at, 0);
}

#endif
