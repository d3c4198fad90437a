/* The memo: a thread's last stack, remembered. unwind.c explains it, and inlines this. */
#ifndef HEAPPROF_MEMO_H
#define HEAPPROF_MEMO_H

#include "calltree.h"

/* The place behind the last frame, where a return address of 0 ends the stack.
 * It stands in the memo so that it is checked like any frame. */
ALWAYS_INLINE bool memo_is_end(const struct frame *f) { return f->pc + 1 == 0; }

static uint32_t memo_node(struct thread *t, uint32_t parent, const struct frame *f) {
	return unlikely(memo_is_end(f)) ? parent : calltree_child(t, parent, f->pc, f->chain);
}

/* Reports whether the remembered frame is the one with these registers; what its callers are
 * follows from the frame then. */
ALWAYS_INLINE bool memo_is_frame(const struct frame *memo, uintptr_t pc, uintptr_t sp, uintptr_t fp) {
#if !ARCH_RA_BELOW_CFA
	if (memo->lr) return false; /* its caller depends on a fourth register */
#endif
	return memo->pc == pc && memo->sp == sp && (memo->fp == fp || !memo->fp_matters);
}

/* Reports whether the words that memo[k] and its callers depend on hold what they held. It
 * looks from the innermost outwards, and at none behind the first that has changed: that
 * one need not be of this stack, nor be mapped any more (testdata/programs/fibers.c). */
ALWAYS_INLINE bool memo_words_hold(const struct thread *t, uint32_t k) {
	if (unlikely(t->memo_unverifiable)) return false;
	const struct check *c = t->checks + t->memo[k].checks;
	while (c > t->checks && *c[-1].at == c[-1].is) c--;
	return c == t->checks;
}

/* Reports whether the caller of f, a frame of the memo, is still the frame behind f there. */
ALWAYS_INLINE bool memo_caller_holds(const struct frame *f) {
	return !f->unverifiable && arch_unsigned(*f->ra_slot) == f[-1].pc + 1 && (!f->fp_slot || !f[-1].fp_matters || *f->fp_slot == f[-1].fp);
}

/* Returns the index of the innermost frame, from memo[from] outwards, whose caller has
 * changed; 0 where none has. */
static uint32_t memo_verify(const struct thread *t, uint32_t from) {
	if (likely(memo_words_hold(t, from))) return 0;
	const struct frame *f = t->memo + from;
	for (; f > t->memo; f--)
		if (!memo_caller_holds(f)) break;
	return (uint32_t)(f - t->memo);
}

/* Notes the words that memo[k] depends on, besides those of its callers. */
ALWAYS_INLINE void memo_add_checks(struct thread *t, uint32_t k) {
	struct frame *f = &t->memo[k];
	if (k == 0) {
		/* Where the stack was cut nothing is known of the caller. */
		f->checks = 0;
		f->fp_matters = f->uses_fp || (t->memo_truncated && !f->fp_slot);
		return;
	}
	uint32_t n = f[-1].checks;
	if (likely(!f->unverifiable)) t->checks[n++] = (struct check){f->ra_slot, ARCH_RA_BELOW_CFA ? f[-1].pc + 1 : *f->ra_slot};
	if (f->fp_slot && f[-1].fp_matters) t->checks[n++] = (struct check){f->fp_slot, f[-1].fp};
	f->checks = (uint16_t)n;
	f->fp_matters = f->uses_fp || (!f->fp_slot && f[-1].fp_matters);
}

#endif
