/* Stacks that are walked whole, to have frames put into them that are no code of a module's. */
#ifndef HEAPPROF_WALKED_H
#define HEAPPROF_WALKED_H

#include "thread.h"

/* Walks the stack of the hook with this frame into t->fresh, innermost first. Returns how many frames there are, and sets how it ends. */
uint32_t walked_frames(struct thread *t, uintptr_t frame_address, uint32_t *root);

/* The node of a place of WIRE_PYTHON that is called from parent, whose hash is chain. */
uint32_t walked_child(struct thread *t, uint32_t parent, uintptr_t place, uint32_t chain);

/* Frames that such a stack has at most: both kinds are cut at the limit on depth, and together they may be more, so that no stack
 * of C's is cut sooner than without the others. */
ALWAYS_INLINE uint32_t walked_most(uint32_t depth) { return depth < WIRE_MAX_DEPTH / 2 ? depth * 2 : WIRE_MAX_DEPTH; }

#endif
