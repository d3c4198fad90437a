/* The frames of Java's functions, in stacks that lead through code of HotSpot's (java_blob.h). What runs in its
 * interpreter, and what was inlined into compiled functions, are frames of their own; its own pieces of code in between are none. */
#ifndef HEAPPROF_JAVA_H
#define HEAPPROF_JAVA_H

#include "thread.h"

/* Returns the node of the stack of the hook with this frame. */
NOINLINE uint32_t java_stack(struct thread *t, uintptr_t frame_address);

#endif
