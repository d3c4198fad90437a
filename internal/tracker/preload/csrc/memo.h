/* The remembered stack. For unwind.c, whose head says what it is; it is to be
 * inlined there. */
#ifndef HEAPPROF_MEMO_H
#define HEAPPROF_MEMO_H

#include "calltree.h"

/* The place behind the last frame, where a return address of 0 ends the stack.
 * It stands in the memo so that it is checked like any frame. */
ALWAYS_INLINE bool memo_is_end(const struct frame *f) { return f->pc + 1 == 0; }

static uint32_t memo_node(struct thread *t, uint32_t parent, const struct frame *f) {
	return unlikely(memo_is_end(f)) ? parent : calltree_child(t, parent, f->pc, f->chain);
}

/* Whether the remembered frame is the one with these registers: then all that is further out follows from it. */
ALWAYS_INLINE bool memo_is_frame(const struct frame *memo, uintptr_t pc, uintptr_t sp, uintptr_t fp) {
#if !ARCH_RA_BELOW_CFA
	if (memo->lr) return false; /* its caller hangs on a fourth register */
#endif
	return memo->pc == pc && memo->sp == sp && (memo->fp == fp || !memo->fp_matters);
}

/* Whether the words on which memo[k] and all further out hang are what they were.
 * From the innermost outwards, and none behind the first that has changed: what
 * is there need not be of this stack, nor be mapped any more (fibers.c). */
ALWAYS_INLINE bool memo_words_hold(const struct thread *t, uint32_t k) {
	if (unlikely(t->memo_unverifiable)) return false;
	const struct check *c = t->checks + t->memo[k].checks;
	while (c > t->checks && *c[-1].at == c[-1].is) c--;
	return c == t->checks;
}

/* Whether f's caller is still the one that the memo holds behind it. */
ALWAYS_INLINE bool memo_caller_holds(const struct frame *f) {
	return !f->unverifiable && arch_unsigned(*f->ra_slot) == f[-1].pc + 1 && (!f->fp_slot || !f[-1].fp_matters || *f->fp_slot == f[-1].fp);
}

/* The index of the innermost frame, from memo[from] outwards, whose caller has
 * changed; 0 where none has. */
static uint32_t memo_verify(const struct thread *t, uint32_t from) {
	if (likely(memo_words_hold(t, from))) return 0;
	const struct frame *f = t->memo + from;
	for (; f > t->memo; f--)
		if (!memo_caller_holds(f)) break;
	return (uint32_t)(f - t->memo);
}

/* Notes on which words memo[k] hangs, besides those of the frames further out. */
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
