/* The frames of Java's functions, in stacks that lead through code of HotSpot's (java_blob.h). What runs in its
 * interpreter, and what was inlined into compiled functions, are frames of their own; its own pieces of code in between are none. */
#ifndef HEAPPROF_JAVA_H
#define HEAPPROF_JAVA_H

#include "java_method.h"

/* Returns the node of the stack of the hook with this frame. */
NOINLINE uint32_t java_stack(struct thread *t, uintptr_t frame_address);

/* Returns behind how many of the n frames in t->fresh each is finished: those before that are being made of a compiled function's,
 * and nothing is in them yet. */
uint32_t java_unfinished(struct thread *t, uint32_t n);

/* Finds the functions that a frame runs, innermost first. Returns false where it is none of HotSpot's, or not known which they are. */
bool java_methods_of(struct thread *t, const struct frame *f, bool is_finished, struct java_methods *m);

#endif
