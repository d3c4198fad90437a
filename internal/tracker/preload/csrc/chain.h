/* The step from a frame without unwind information. */
#ifndef HEAPPROF_CHAIN_H
#define HEAPPROF_CHAIN_H

#include "frame.h"

/* From a frame without information: code made at run time, hand-written code. */
COLD enum step chain_step(struct thread *t, struct frame *f, struct frame *caller);

#endif
