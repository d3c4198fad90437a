/* Allocator calls within one that is under way in the same thread.
 *
 * Most are how the call under way gets its memory: a layer, which counts once, there.
 * But an allocator may also keep books, in blocks of its own. One rule tells them apart:
 * an inner call is a layer if the block that the outer call returns lies in its block;
 * otherwise that is a block like any other, if it outlives the outer call. That shows when
 * the outer call returns, and until then it is kept here. What an inner call frees or
 * resizes is told as such, and counts if that block has counted. */
#ifndef HEAPPROF_INNER_H
#define HEAPPROF_INNER_H

#include "thread.h"

/* Within the hook at frame_address, for which thread_enter has returned NULL: after it
 * got a block; before it frees one; before it resizes one, which reports whether the
 * end of that is to be told by inner_resized, too. */
COLD void inner_allocated(uintptr_t block, size_t bytes, uintptr_t frame_address);
COLD void inner_frees(uintptr_t block, uintptr_t frame_address);
COLD bool inner_resizes(uintptr_t block, uintptr_t frame_address);
COLD void inner_resized(uintptr_t block, size_t bytes, bool old_is_gone, uintptr_t frame_address);

/* The call under way in t returns block: what it lies in were layers. */
COLD void inner_settle(struct thread *t, uintptr_t block);

/* The call under way in t ends, and what is left are blocks of their own. */
COLD void inner_write_left(struct thread *t);

#endif
