/* Frames, and the step over a frame record: the two words that code leaves that keeps a
 * frame pointer. */
#ifndef HEAPPROF_FRAME_H
#define HEAPPROF_FRAME_H

#include "module.h"
#include "stack.h"
#include "thread.h"

/* What a step from a frame to its caller comes to. */
enum step {
	STEP_CALLER = 0, /* *caller is set */
	/* The stack ends here: */
	STEP_OUTERMOST,
	STEP_NO_CFI,
	STEP_UNSUPPORTED,
	STEP_OUT_OF_STACK,
};

/* The registers of a frame that tell its caller. */
struct registers {
	uintptr_t pc, sp, fp;
};

ALWAYS_INLINE struct registers frame_registers(const struct frame *f) { return (struct registers){f->pc, f->sp, f->fp}; }

/* Where the register of f's return address is saved; 0: it is not known, since f
 * has made a call. */
ALWAYS_INLINE void frame_set_lr(struct frame *f, uintptr_t at) {
#if ARCH_RA_BELOW_CFA
	(void)f, (void)at;
#else
	f->lr = (const uintptr_t *)at;
#endif
}

/* Reports whether a frame record may lie where fp points. */
ALWAYS_INLINE bool frame_record_fits(struct thread *t, const struct frame *f) {
	return f->fp % 8 == 0 && f->fp >= f->sp && stack_holds(t, f->fp, f->fp + 16);
}

#endif
