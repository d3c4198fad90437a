/* One step of the unwinder, from a frame to its caller. To be inlined into unwind.c. */
#ifndef HEAPPROF_STEP_H
#define HEAPPROF_STEP_H

#include "chain.h"
#include "frame.h"
#include "rules.h"
#include "stack.h"

enum { STEP_ACROSS_MOST = 4 << 10 /* bytes below the end of a frame at which its caller's frame pointer may lie */ };

/* The step through the kernel's signal frame, perhaps from the signal stack back to another
 * stack. */
static COLD enum step step_signal(struct thread *t, struct frame *f, struct frame *caller) {
	f->ra_slot = f->fp_slot = NULL;
	f->unverifiable = true;
	f->uses_fp = false;
	if (!stack_holds(t, f->sp, f->sp + SIGFRAME_PC + 8)) return STEP_OUT_OF_STACK;
	caller->pc = stack_word(f->sp + SIGFRAME_PC);
	caller->sp = stack_word(f->sp + SIGFRAME_SP);
	caller->fp = stack_word(f->sp + SIGFRAME_FP);
	frame_set_lr(caller, f->sp + SIGFRAME_LR);
	if (caller->sp > f->sp && caller->sp < t->stack_end) return STEP_CALLER;
	if (!sys_readable((void *)(caller->sp & stack_page_mask))) return STEP_OUT_OF_STACK;
	t->stack_lo = caller->sp & stack_page_mask;
	t->stack_end = t->stack_lo + SYS_PAGE;
	return STEP_CALLER;
}

/* Returns where the return address of f is by the rule; NULL where that is out of bounds. */
#if ARCH_RA_BELOW_CFA
ALWAYS_INLINE const uintptr_t *step_return_address(struct thread *t, struct frame *f, const struct rule *rule, uintptr_t cfa) {
	(void)rule;
	return likely(cfa > f->sp && cfa % 8 == 0 && stack_holds(t, cfa - 8, cfa)) ? (const uintptr_t *)(cfa - 8) : NULL;
}
#else
ALWAYS_INLINE const uintptr_t *step_return_address(struct thread *t, struct frame *f, const struct rule *rule, uintptr_t cfa) {
	if (unlikely(cfa < f->sp || cfa % 8)) return NULL;
	if (rule->ra == RA_IN_LR) {
		f->unverifiable = true;
		return f->lr;
	}
	uintptr_t at = cfa + (uintptr_t)((intptr_t)rule->ra_words * 8);
	return likely(cfa > f->sp && stack_holds(t, at, at + 8)) ? (const uintptr_t *)at : NULL;
}
#endif

/* The step to a caller whose frame ends at cfa and may be on another stack, as where C is called from a fiber's: what is read
 * there is in pages that can be read. */
static COLD enum step step_across(struct thread *t, struct frame *f, struct frame *caller, const struct rule *rule, uintptr_t cfa) {
	f->ra_slot = f->fp_slot = NULL;
	if (cfa % 8 || cfa < SYS_PAGE) return STEP_OUT_OF_STACK;
	uintptr_t ra = cfa - 8, fp = rule->fp == FP_AT_CFA ? cfa + (uintptr_t)((intptr_t)rule->fp_words * 8) : 0;
	if (!ARCH_RA_BELOW_CFA || rule->fp == FP_AT_FP) return STEP_UNSUPPORTED;
	if (cfa <= f->sp || ra < t->stack_lo || cfa > t->stack_end) { /* the stack that is known is not to reach there: it may be far */
		uintptr_t lo = ra & stack_page_mask;
		if (fp && fp < lo) lo = fp & stack_page_mask;
		if (lo + STEP_ACROSS_MOST < ra || !sys_may(SYS_CALL_READABLE)) return STEP_OUT_OF_STACK;
		for (uintptr_t page = lo; page < cfa; page += SYS_PAGE)
			if (!sys_readable((void *)page)) return STEP_OUT_OF_STACK;
		t->stack_lo = lo;
		t->stack_end = (ra & stack_page_mask) + SYS_PAGE;
	}
	if (fp && (fp % 8 || !stack_holds(t, fp, fp + 8))) return STEP_OUT_OF_STACK;
	caller->pc = arch_unsigned(stack_word(ra)) - 1;
	caller->fp = fp ? stack_word(fp) : f->fp;
	caller->sp = cfa;
	frame_set_lr(caller, 0);
	return STEP_CALLER;
}

/* The step from a frame, with a rule of any kind. */
static NOINLINE enum step step_slowly(struct thread *t, struct frame *f, struct frame *caller) {
	struct rule rule = rules_at(t, f->pc);
	uintptr_t cfa;
	f->unverifiable = false;
	f->uses_fp = rule.cfa == CFA_FP || rule.cfa == CFA_AT_FP || rules_have_no_cfi(&rule) || rule.fp == FP_AT_FP;
	switch (rule.cfa) {
	case CFA_SP: cfa = f->sp + (uintptr_t)(intptr_t)rule.cfa_offset; break;
	case CFA_FP: cfa = f->fp + (uintptr_t)(intptr_t)rule.cfa_offset; break;
	case CFA_AT_FP:
	case CFA_AT_SP: {
		uintptr_t at = (rule.cfa == CFA_AT_FP ? f->fp : f->sp) + (uintptr_t)(intptr_t)cfi_at(&rule);
		if (at % 8 || !stack_holds(t, at, at + 8)) return STEP_OUT_OF_STACK;
		cfa = stack_word(at) + cfi_after(&rule);
		f->unverifiable = true;
		if (cfi_after(&rule)) return step_across(t, f, caller, &rule, cfa);
		break;
	}
	case CFA_SIGNAL: return step_signal(t, f, caller);
	case CFA_END: return STEP_OUTERMOST;
	case CFA_CHAIN: return chain_step(t, f, caller);
	case CFA_RECORD: return chain_step_record(t, f, caller);
	default: return STEP_UNSUPPORTED;
	}
	f->ra_slot = step_return_address(t, f, &rule, cfa);
	if (unlikely(!f->ra_slot)) return f->sp % 2 ? STEP_NO_CFI : STEP_OUT_OF_STACK;
	caller->sp = cfa;
	caller->pc = arch_unsigned(*f->ra_slot) - 1;
	frame_set_lr(caller, 0);
	if (rule.fp == FP_SAME) {
		caller->fp = f->fp;
		f->fp_slot = NULL;
	} else {
		uintptr_t at = (rule.fp == FP_AT_CFA ? cfa : f->fp) + (uintptr_t)((intptr_t)rule.fp_words * 8);
		if (unlikely(at % 8 || !stack_holds(t, at, at + 8))) return STEP_OUT_OF_STACK;
		caller->fp = stack_word(at);
		f->fp_slot = (const uintptr_t *)at;
	}
	return STEP_CALLER;
}

/* Makes the step from f, whose registers are *r, to its caller, whose registers *r are then.
 * Returns false where step_slowly is to be asked: the rule is not a common one, or what is to
 * be read is not known to be of the stack. */
ALWAYS_INLINE bool step_commonly(const struct thread *t, struct frame *f, struct registers *r) {
	uint32_t rule = rulecache_find(r->pc);
	uintptr_t cfa = (uintptr_t)(rule >> RULECACHE_CFA_AT & RULECACHE_CFA_WORDS) * sizeof(uintptr_t);
	if (likely((rule & RULECACHE_KINDS) == RULECACHE_BY_SP)) cfa += r->sp;
	else if ((rule & RULECACHE_KINDS) == RULECACHE_BY_FP) cfa += r->fp;
	else return false;
	uintptr_t ra_words = ARCH_RA_BELOW_CFA ? 1 : rule >> RULECACHE_RA_AT & RULECACHE_WORDS, fp_words = rule >> RULECACHE_FP_AT & RULECACHE_WORDS;
	uintptr_t ra = cfa - ra_words * sizeof(uintptr_t), fp = cfa - fp_words * sizeof(uintptr_t);
	uintptr_t lowest = ra < fp ? ra : fp;
	if (unlikely(cfa <= r->sp || cfa % 8 || lowest < t->stack_lo || cfa > t->stack_end)) return false;
	/* Which frames save fp is hard to foresee: so no branch. */
	uintptr_t saved = -(uintptr_t)(fp_words != 0), at = (uintptr_t)&r->fp;
	f->ra_slot = (const uintptr_t *)ra;
	f->fp_slot = (const uintptr_t *)(fp & saved);
	f->unverifiable = false;
	f->uses_fp = rule & RULECACHE_BY_FP;
	r->pc = arch_unsigned(stack_word(ra)) - 1;
	r->fp = stack_word(at + ((fp - at) & saved));
	r->sp = cfa;
	return true;
}

ALWAYS_INLINE void step_arrive(struct frame *f, const struct registers *r) {
	f->pc = r->pc;
	f->sp = r->sp;
	f->fp = r->fp;
	frame_set_lr(f, 0);
}

/* Returns the root of a stack that ends so. */
static inline uint32_t step_root(enum step how) {
	static const uint32_t roots[] = {
		[STEP_OUTERMOST] = WIRE_ROOT,
		[STEP_NO_CFI] = WIRE_ROOT_NO_CFI,
		[STEP_UNSUPPORTED] = WIRE_ROOT_UNSUPPORTED,
		[STEP_OUT_OF_STACK] = WIRE_ROOT_OUT_OF_STACK,
	};
	return roots[how];
}

static inline enum step step(struct thread *t, struct frame *f, struct frame *caller) {
	struct registers r = frame_registers(f);
	if (unlikely(!step_commonly(t, f, &r))) return step_slowly(t, f, caller);
	step_arrive(caller, &r);
	return STEP_CALLER;
}

#endif
