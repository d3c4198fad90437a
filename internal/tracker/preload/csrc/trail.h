/* Trails: ways from a leaf outwards that were walked before. To be inlined into unwind.c.
 *
 * A program allocates by turns from a few places below one frame, so that the
 * memo, one stack, fits every second time at best. A trail is the part of a stack
 * between its leaf's caller and a frame of the memo, kept as what it depends on:
 * registers and words of the stack, as in the memo. Where these are what they were, and
 * the memo still has that frame and holds from there on outwards, the leaf's node is known
 * without a rule or a node being looked up. The memo stays as it is.
 *
 * The memo may have been another one in between. The frame where a trail ends is the same
 * if its node (the same calls out to the root) and its registers are the same. */
#ifndef HEAPPROF_TRAIL_H
#define HEAPPROF_TRAIL_H

#include "memo.h"
#include "text.h"

/* Returns the two places for the trail of leaf, whose caller is f. */
ALWAYS_INLINE struct trail *trail_places(const struct thread *t, const struct frame *leaf, const struct frame *f) {
	uint64_t hash = (leaf->pc ^ f->pc << 20 ^ f->sp) * 0x9e3779b97f4a7c15ull;
	return t->trails[hash >> (64 - TRAIL_BITS)];
}

/* Reports whether r is the trail of leaf, whose caller is f, and holds. */
ALWAYS_INLINE bool trail_holds(const struct thread *t, const struct trail *r, const struct frame *leaf, const struct frame *f) {
	if (r->pc != f->pc || r->sp != f->sp || r->leaf_pc != leaf->pc || (r->fp_matters && r->fp != f->fp)) return false;
	if (r->meets >= t->memo_count) return false;
	const struct frame *m = &t->memo[r->meets];
	if (m->node != r->meets_node || m->sp != r->sp + r->meets_at * sizeof(uintptr_t) || (m->fp_matters && m->fp != r->meets_fp)) return false;
	/* From the innermost outwards, as in memo_words_hold. */
	for (unsigned i = 0; i < r->checks; i++)
		if (((const uintptr_t *)r->sp)[r->at[i]] != r->is[i]) return false;
	return memo_words_hold(t, r->meets);
}

/* Returns the node of leaf, whose caller is f, if a trail tells it; or 0. A stack that comes
 * again and again had better be the memo, where it costs still less. */
ALWAYS_INLINE uint32_t trail_find(struct thread *t, const struct frame *leaf, const struct frame *f) {
	enum { AGAIN_AND_AGAIN = 4 };
	const struct trail *r = trail_places(t, leaf, f);
	if (!trail_holds(t, r, leaf, f) && !trail_holds(t, ++r, leaf, f)) return 0;
	if (t->last_trail != r) {
		t->last_trail = r;
		t->last_trail_taken = 0;
	} else if (++t->last_trail_taken == AGAIN_AND_AGAIN) {
		t->last_trail = NULL;
		return 0;
	}
	return r->node;
}

/* Keeps the trail of the memo's leaf that meets the frame memo[meets] further out. */
static inline void trail_keep(struct thread *t, uint32_t meets) {
	if (t->memo_unverifiable || t->memo_truncated || t->memo_count < meets + 2) return;
	const struct frame *leaf = &t->memo[t->memo_count - 1], *f = leaf - 1, *m = &t->memo[meets];
	unsigned n = (unsigned)(f->checks - m->checks);
	uintptr_t above = (m->sp - f->sp) / sizeof(uintptr_t);
	if (n > TRAIL_CHECKS || above >> 32) return;
	struct trail *r = trail_places(t, leaf, f) + (t->next_trail++ & 1);
	r->pc = 0; /* none, if a signal handler leaves this hook for good */
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	for (unsigned i = 0; i < n; i++) {
		const struct check *c = &t->checks[f->checks - 1 - i];
		uintptr_t at = (uintptr_t)(c->at - (const uintptr_t *)f->sp);
		r->at[i] = (uint16_t)at;
		if (r->at[i] != at) return;
		r->is[i] = c->is;
	}
	r->checks = (uint8_t)n;
	r->leaf_pc = leaf->pc;
	r->sp = f->sp;
	r->fp = f->fp;
	r->fp_matters = f->fp_matters;
	r->meets = (uint16_t)meets;
	r->meets_node = m->node;
	r->meets_at = (uint32_t)above;
	r->meets_fp = m->fp;
	r->node = leaf->node;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	r->pc = f->pc;
}

static inline void trails_forget(struct thread *t) { memset(t->trails, 0, TRAILS * sizeof *t->trails); }

#endif
