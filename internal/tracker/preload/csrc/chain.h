/* The step from a frame without unwind information. */
#ifndef HEAPPROF_CHAIN_H
#define HEAPPROF_CHAIN_H

#include "frame.h"

/* From a frame without information: code made at run time, hand-written code. */
COLD enum step chain_step(struct thread *t, struct frame *f, struct frame *caller);

/* From a frame whose record is known to lie where its fp points. Sets the caller's
 * sp, or on processors where the record does not tell it, an odd number below it,
 * which no rule accepts. */
NOINLINE enum step chain_step_record(struct thread *t, struct frame *f, struct frame *caller);

#endif
