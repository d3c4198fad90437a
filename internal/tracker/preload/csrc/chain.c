/* Frames without unwind information.
 *
 * Whether code at a pc keeps a frame pointer is a property of the code. So what the
 * stack has shown beyond doubt once is kept, as that pc's rule (CFA_RECORD), and such
 * frames cost no more than those with information, and are remembered like them.
 * Until then the words of a frame are looked at each time. */
#include "chain.h"

#include "calls.h"
#include "java_blob.h"
#include "layers.h"
#include "luajit.h"
#include "rules.h"
#include "sys.h"

enum fp_use {
	FP_IS_ANOTHERS, /* the record is an outer function's */
	FP_IS_ITS_OWN,  /* the record is the frame's own, by all that can be seen now */
	FP_IS_PROVEN,   /* it is the frame's own whenever code is at this pc */
};

/* Reports whether none of the words from the frame's sp to its fp is the address behind a
 * call in code that was made at run time. It is known that none is that in a module. */
static bool has_no_call(struct thread *t, const struct frame *f) {
	for (uintptr_t at = (f->sp + 7) & ~(uintptr_t)7; at < f->fp; at += 8) {
		if (calls_at_run_time(t, arch_unsigned(stack_word(at)))) return false;
	}
	return true;
}

static bool is_address(uintptr_t target) { return target != calls_none && target != calls_somewhere; }

static bool lacks_rule(struct thread *t, uintptr_t pc) {
	struct rule rule = rules_at(t, pc);
	return rules_have_no_cfi(&rule);
}

/* Finds out whose frame record lies where the fp of f points. Code that keeps no record leaves
 * that of an outer function there: to follow it would pass over f's caller, and nobody would
 * notice. The calls tell. The call that the record's return address belongs to must not have
 * gone to a function that has information; and no other call whose return address lies
 * between f's sp and the record may have gone to a place nearer in front of f's pc: that one
 * would have gone to f's own function.
 *
 * The record is f's own beyond doubt in two cases. As many bytes lie below it as the start
 * of the function makes room for: another frame in between would need room, too. Or no word
 * in between can be f's return address, since there is no call in front of any, and the
 * record's call went to a function in front of f's pc that saves fp. */
static enum fp_use use_of_fp(struct thread *t, const struct frame *f) {
	enum { MOST = 64 << 10 /* bytes of a frame, and of a function that no call names */ };
	uintptr_t call = calls_before(t, arch_unsigned(stack_word(f->fp + 8)));
	/* The tracker's own functions have information and keep a frame pointer: if f keeps none,
	 * but has left fp as it was, the step to the tracker's caller is right all the same. */
	uintptr_t start = is_address(call) && !layers_in_tracker(call) ? call : 0;
	if (start && !lacks_rule(t, start)) return FP_IS_ANOTHERS;
	if (f->fp - f->sp > MOST || !stack_holds(t, f->sp, f->fp + 8)) return FP_IS_ANOTHERS;
	bool in_front = start && start <= f->pc, other_calls = false;
	uintptr_t nearest = in_front ? start : f->pc - MOST; /* that one jumped on to f's, or was not by name */
	for (uintptr_t at = (f->sp + 7) & ~(uintptr_t)7; at < f->fp; at += 8) {
		if (at % SYS_PAGE == 0 && !stack_word_is_there(f->sp, at)) return FP_IS_ANOTHERS;
		uintptr_t other = calls_before(t, arch_unsigned(stack_word(at)));
		if (other == calls_none) continue;
		other_calls = true;
		if (is_address(other) && other > nearest && other <= f->pc && lacks_rule(t, other)) return FP_IS_ANOTHERS;
	}
	/* A frame that was interrupted may not keep a record yet, or not any more. */
	if (call == calls_none || calls_before(t, f->pc + 1) == calls_none) return FP_IS_ITS_OWN;
	if (f->fp - f->sp == (uintptr_t)calls_frame_bytes(t, f->pc)) return FP_IS_PROVEN;
	bool saves = in_front ? f->pc - start < MOST && arch_saves_fp(start) : !ARCH_RA_BELOW_CFA;
	return saves && !other_calls && has_no_call(t, f) ? FP_IS_PROVEN : FP_IS_ITS_OWN;
}

static bool is_return_address(struct thread *t, uintptr_t word) { return calls_before(t, word) != calls_none || calls_at_run_time(t, word); }

/* The step from a frame of code made at run time that does nothing after its call but leave the
 * frame, as trampolines do: the instructions there tell where the return address is, whether the
 * code keeps a frame pointer or not. Not remembered: other code may come to the same place. */
static bool step_by_shape(struct thread *t, struct frame *f, struct frame *caller) {
	uintptr_t behind = f->pc + 1;
	if (f->sp % 8 || module_at(f->pc) || !calls_at_run_time(t, behind)) return false;
	uintptr_t last = behind + ARCH_LEAVING_BYTES - 8;
	if (!sys_readable((void *)behind) || (((behind ^ (last + 7)) & stack_page_mask) && !sys_readable((void *)last))) return false;
	struct arch_leaving leaving = arch_leaving(behind);
	if (!leaving.known || !stack_holds(t, f->sp, f->sp + leaving.bytes + 8) || !stack_word_is_there(f->sp, f->sp + leaving.bytes)) return false;
	const uintptr_t *returns = (const uintptr_t *)(f->sp + leaving.bytes);
	if (!is_return_address(t, *returns)) return false;
	f->ra_slot = returns;
	f->fp_slot = leaving.pops_fp ? (const uintptr_t *)(f->sp + leaving.fp_at) : NULL;
	caller->pc = *returns - 1;
	caller->sp = (uintptr_t)(returns + 1);
	caller->fp = f->fp_slot ? *f->fp_slot : f->fp;
	frame_set_lr(caller, 0);
	return true;
}

/* Reports whether the frame pointer of a frame of code made at run time points at a record, too, further
 * up the stack. Of the word that led to the frame it is only known that it looks like a return
 * address. */
static bool record_leads_on(struct thread *t, const struct frame *f, const struct frame *caller) {
	uintptr_t at = caller->fp;
	if (at % 8 || at <= f->fp || !stack_holds(t, at, at + 16) || !stack_word_is_there(f->sp, at) || !stack_word_is_there(f->sp, at + 8)) return false;
	return is_return_address(t, arch_unsigned(stack_word(at + 8)));
}

enum step chain_step_record(struct thread *t, struct frame *f, struct frame *caller) {
	f->ra_slot = f->fp_slot = NULL;
	if (unlikely(!frame_record_fits(t, f))) return STEP_NO_CFI;
	f->fp_slot = (const uintptr_t *)f->fp;
	f->ra_slot = f->fp_slot + 1;
	caller->pc = arch_unsigned(*f->ra_slot) - 1;
	caller->sp = f->fp + 16 - !ARCH_RA_BELOW_CFA;
	caller->fp = *f->fp_slot;
	frame_set_lr(caller, 0);
	return module_at(caller->pc) || calls_at_run_time(t, caller->pc + 1) ? STEP_CALLER : STEP_NO_CFI;
}

/* Reports whether a frame record may lie where a word points. */
static bool is_record(uintptr_t at) {
	if (at < SYS_PAGE || at % 8 || at >> ARCH_ADDRESS_BITS) return false;
	return sys_readable((void *)at) && sys_readable((void *)(at + 8));
}
/* Reports the same of a record of code that was made at run time and called by its like. */
static bool is_made_record(struct thread *t, uintptr_t at) { return is_record(at) && calls_at_run_time(t, arch_unsigned(stack_word(at + 8))); }

/* The step from code made at run time that calls C on the thread's stack and has a stack of its own, as Erlang's functions
 * have. Their chain of records begins there. The last record has no outer one, and its return address stands behind no call. */
static bool step_to_other_stack(struct thread *t, struct frame *f, struct frame *caller) {
	enum { MOST = 64 << 10 /* bytes of a frame */ };
	if (module_at(f->pc) || !sys_may(SYS_CALL_READABLE) || !is_made_record(t, f->fp)) return false;
	uintptr_t outer = stack_word(f->fp);
	if (outer <= f->fp || outer - f->fp > MOST || !is_record(outer)) return false;
	if (stack_word(outer) && !is_made_record(t, outer)) return false;
	f->fp_slot = (const uintptr_t *)f->fp;
	f->ra_slot = f->fp_slot + 1;
	caller->pc = arch_unsigned(*f->ra_slot) - 1;
	caller->sp = t->other_sp = f->fp + 16;
	caller->fp = outer;
	frame_set_lr(caller, 0);
	t->stack_lo = f->fp & stack_page_mask;
	t->stack_end = t->stack_lo + SYS_PAGE;
	return true;
}

static enum step step_by_record(struct thread *t, struct frame *f, struct frame *caller) {
	uint32_t epoch = load_acquire(&module_epoch);
	if (f->fp == 0) return STEP_OUTERMOST;
	if (f->fp < t->stack_lo || !stack_holds(t, f->fp, f->fp + 16)) return step_to_other_stack(t, f, caller) ? STEP_CALLER : STEP_NO_CFI;
	if (!frame_record_fits(t, f) || !stack_word_is_there(f->sp, f->fp) || !stack_word_is_there(f->sp, f->fp + 8)) return STEP_NO_CFI;
	enum step next = chain_step_record(t, f, caller);
	if (f->sp == t->other_sp && !module_at(caller->pc)) {
		t->other_sp = caller->sp;
		return next == STEP_CALLER || caller->fp ? next : STEP_OUTERMOST;
	}
	if (next != STEP_CALLER) return next;
	if (!module_at(caller->pc) && !record_leads_on(t, f, caller)) return STEP_NO_CFI;
	enum fp_use use = use_of_fp(t, f);
	if (use == FP_IS_ANOTHERS) return STEP_NO_CFI;
	if (use == FP_IS_PROVEN) rulecache_learn(f->pc, epoch, (struct rule){.cfa = CFA_RECORD});
	return STEP_CALLER;
}

enum step chain_step(struct thread *t, struct frame *f, struct frame *caller) {
	f->unverifiable = true;
#if !ARCH_RA_BELOW_CFA
	if (f->lr) return STEP_NO_CFI; /* it was interrupted, and may have no record yet */
#endif
	struct java_blob blob = java_blob_at(f->pc);
	if (blob.kind != JAVA_BLOB_NONE) return java_blob_step(t, &blob, f, caller) ? STEP_CALLER : STEP_NO_CFI;
	if (step_by_shape(t, f, caller)) return STEP_CALLER;
	enum step next = step_by_record(t, f, caller);
	return next != STEP_CALLER && !module_at(f->pc) && luajit_step(t, f, caller) ? STEP_CALLER : next;
}
