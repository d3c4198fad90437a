/* One step of the unwinder: from a frame to its caller. For unwind.c, where it
 * is to be inlined. */
#ifndef HEAPPROF_STEP_H
#define HEAPPROF_STEP_H

#include "layers.h"
#include "module.h"
#include "rules.h"
#include "thread.h"

enum { STACK_REACH = 256 << 10 /* bytes below the known stack that are looked at page by page */ };

enum { PAGE = 4096 /* bytes; the smallest that any kernel has */ };

static const uintptr_t page_mask = ~(uintptr_t)(PAGE - 1);

/* ---- the stack's bounds ---- */

/* Nothing but what is known to be readable is read. That needs neither the
 * thread library's idea of the stack nor /proc, and holds for coroutines. */
static COLD void stack_moved(struct thread *t, uintptr_t sp) {
	uintptr_t lo = sp & page_mask;
	if (lo < t->stack_lo && t->stack_lo - lo <= STACK_REACH) {
		uintptr_t page = lo;
		while (page < t->stack_lo && sys_readable((void *)page)) page += PAGE;
		if (page >= t->stack_lo) {
			t->stack_lo = lo;
			return;
		}
	}
	/* Another stack: nothing that was remembered holds. */
	t->stack_lo = lo;
	t->stack_end = lo + PAGE;
	t->memo_count = 0;
}

static COLD bool stack_extend(struct thread *t, uintptr_t end) {
	while (t->stack_end < end) {
		if (!sys_readable((void *)t->stack_end)) return false;
		t->stack_end += PAGE;
	}
	return true;
}

ALWAYS_INLINE bool stack_holds(struct thread *t, uintptr_t from, uintptr_t end) {
	return from >= t->stack_lo && from < end && (likely(end <= t->stack_end) || stack_extend(t, end));
}

static uintptr_t word_at(uintptr_t address) { return *(const uintptr_t *)address; }

/* ---- one step ---- */

enum step {
	STEP_CALLER = 0, /* *caller is set */
	/* The stack ends here: */
	STEP_OUTERMOST,
	STEP_NO_CFI,
	STEP_UNSUPPORTED,
	STEP_OUT_OF_STACK,
};

/* Where the register of f's return address is saved; 0: it is not known, since f
 * has made a call. */
ALWAYS_INLINE void set_lr(struct frame *f, uintptr_t at) {
#if ARCH_RA_BELOW_CFA
	(void)f, (void)at;
#else
	f->lr = (const uintptr_t *)at;
#endif
}

/* Through the kernel's signal frame, perhaps from the signal stack back to another one. */
static COLD enum step step_signal(struct thread *t, struct frame *f, struct frame *caller) {
	f->ra_slot = f->fp_slot = NULL;
	f->unverifiable = true;
	f->uses_fp = false;
	if (!stack_holds(t, f->sp, f->sp + SIGFRAME_PC + 8)) return STEP_OUT_OF_STACK;
	caller->pc = word_at(f->sp + SIGFRAME_PC);
	caller->sp = word_at(f->sp + SIGFRAME_SP);
	caller->fp = word_at(f->sp + SIGFRAME_FP);
	set_lr(caller, f->sp + SIGFRAME_LR);
	if (caller->sp > f->sp && caller->sp < t->stack_end) return STEP_CALLER;
	if (!sys_readable((void *)(caller->sp & page_mask))) return STEP_OUT_OF_STACK;
	t->stack_lo = caller->sp & page_mask;
	t->stack_end = t->stack_lo + PAGE;
	return STEP_CALLER;
}

/* The place of f's return address by the rule, or NULL where that is out of bounds. */
#if ARCH_RA_BELOW_CFA
ALWAYS_INLINE const uintptr_t *find_return_address(struct thread *t, struct frame *f, const struct rule *rule, uintptr_t cfa) {
	(void)rule;
	return likely(cfa > f->sp && cfa % 8 == 0 && stack_holds(t, cfa - 8, cfa)) ? (const uintptr_t *)(cfa - 8) : NULL;
}
#else
ALWAYS_INLINE const uintptr_t *find_return_address(struct thread *t, struct frame *f, const struct rule *rule, uintptr_t cfa) {
	if (unlikely(cfa < f->sp || cfa % 8)) return NULL;
	if (rule->ra == RA_IN_LR) {
		f->unverifiable = true;
		return f->lr;
	}
	uintptr_t at = cfa + (uintptr_t)((intptr_t)rule->ra_words * 8);
	return likely(cfa > f->sp && stack_holds(t, at, at + 8)) ? (const uintptr_t *)at : NULL;
}
#endif

/* The function that the call in front of a return address goes to, or 0 where that cannot be told. */
static uintptr_t callee(uintptr_t return_address) {
	if (!module_at(return_address - 1) || !sys_readable((void *)(return_address - 8))) return 0;
	uintptr_t target = arch_call_target(return_address);
	return target && sys_readable((void *)target) && !arch_jumps_on(target) ? target : 0;
}

/* Whether fp is kept by the frame f, which has no information. Code that keeps
 * none leaves an outer function's there, whose return address lies behind it:
 * to follow that would pass over f's caller, without a word. The calls tell:
 * the one that the return address is of must not have gone to a function that has
 * information; and no other one whose return address lies in between may have
 * gone nearer to f's pc, as the one to f's own function would. */
static COLD bool keeps_fp(struct thread *t, const struct frame *f) {
	enum { MOST = 64 << 10 /* bytes of a frame, and of a function that no call names */ };
	uintptr_t start = callee(arch_unsigned(word_at(f->fp + 8)));
	/* A function of ours, which has information, keeps its frame pointer: if f keeps
	 * none, but has left that as it was, the way to our caller is right all the same. */
	if (layers_ours(start)) start = 0;
	if (start && rule_at(t, start).cfa != CFA_CHAIN) return false;
	if (f->fp - f->sp > MOST || !stack_holds(t, f->sp, f->fp + 8)) return false;
	uintptr_t nearest = start && start <= f->pc ? start : f->pc - MOST; /* that one jumped on to f's, or was not by name */
	for (uintptr_t at = (f->sp + 7) & ~(uintptr_t)7; at < f->fp; at += 8) {
		if (at % PAGE == 0 && !sys_readable((void *)at)) return false;
		uintptr_t other = callee(arch_unsigned(word_at(at)));
		if (other > nearest && other <= f->pc && rule_at(t, other).cfa == CFA_CHAIN) return false;
	}
	return true;
}

/* A frame without information: code made at run time, hand-written code. If it
 * keeps a frame pointer, its frame record lies there: the caller's frame pointer
 * and the return address. Sets the caller's sp, or on processors where the record
 * does not tell it, an odd number below it, which no rule accepts. */
static COLD enum step step_chain(struct thread *t, struct frame *f, struct frame *caller) {
	f->unverifiable = true;
#if !ARCH_RA_BELOW_CFA
	if (f->lr) return STEP_NO_CFI; /* it was interrupted, and may have no record yet */
#endif
	if (f->fp == 0) return STEP_OUTERMOST;
	uintptr_t end = f->fp + 16;
	if (f->fp % 8 || f->fp < f->sp || !stack_holds(t, f->fp, end)) return STEP_NO_CFI;
	/* What was known of the stack may be out of date, if another one was
	 * mapped at its place, and fp may point anywhere. */
	if (!sys_readable((void *)f->fp) || !sys_readable((void *)(f->fp + 8))) return STEP_NO_CFI;
	f->fp_slot = (const uintptr_t *)f->fp;
	f->ra_slot = f->fp_slot + 1;
	caller->pc = arch_unsigned(*f->ra_slot) - 1;
	if (!module_at(caller->pc) || !keeps_fp(t, f)) return STEP_NO_CFI;
	caller->sp = end - !ARCH_RA_BELOW_CFA;
	caller->fp = *f->fp_slot;
	set_lr(caller, 0);
	return STEP_CALLER;
}

ALWAYS_INLINE enum step step(struct thread *t, struct frame *f, struct frame *caller) {
	struct rule rule = rule_at(t, f->pc);
	uintptr_t cfa;
	f->unverifiable = false;
	f->uses_fp = rule.cfa == CFA_FP || rule.cfa == CFA_AT_FP || rule.cfa == CFA_CHAIN || rule.fp == FP_AT_FP;
	switch (rule.cfa) {
	case CFA_SP: cfa = f->sp + (uintptr_t)(intptr_t)rule.cfa_offset; break;
	case CFA_FP: cfa = f->fp + (uintptr_t)(intptr_t)rule.cfa_offset; break;
	case CFA_AT_FP:
	case CFA_AT_SP: {
		uintptr_t at = (rule.cfa == CFA_AT_FP ? f->fp : f->sp) + (uintptr_t)(intptr_t)rule.cfa_offset;
		if (at % 8 || !stack_holds(t, at, at + 8)) return STEP_OUT_OF_STACK;
		cfa = word_at(at);
		f->unverifiable = true;
		break;
	}
	case CFA_SIGNAL: return step_signal(t, f, caller);
	case CFA_END: return STEP_OUTERMOST;
	case CFA_CHAIN: return step_chain(t, f, caller);
	default: return STEP_UNSUPPORTED;
	}
	f->ra_slot = find_return_address(t, f, &rule, cfa);
	if (unlikely(!f->ra_slot)) return f->sp % 2 ? STEP_NO_CFI : STEP_OUT_OF_STACK;
	caller->sp = cfa;
	caller->pc = arch_unsigned(*f->ra_slot) - 1;
	set_lr(caller, 0);
	if (rule.fp == FP_SAME) {
		caller->fp = f->fp;
		f->fp_slot = NULL;
	} else {
		uintptr_t at = (rule.fp == FP_AT_CFA ? cfa : f->fp) + (uintptr_t)((intptr_t)rule.fp_words * 8);
		if (unlikely(at % 8 || !stack_holds(t, at, at + 8))) return STEP_OUT_OF_STACK;
		caller->fp = word_at(at);
		f->fp_slot = (const uintptr_t *)at;
	}
	return STEP_CALLER;
}

#endif
