/* From a hook to the call tree node of its caller's stack. */
#ifndef HEAPPROF_UNWIND_H
#define HEAPPROF_UNWIND_H

#include "thread.h"

/* The number of the stack of the hook whose frame is at frame_address. */
uint32_t unwind(struct thread *t, uintptr_t frame_address);

#endif
