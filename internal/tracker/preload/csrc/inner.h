/* Allocator calls within one that is under way in the same thread.
 *
 * With most of them the outer call gets its memory: the inner call is a layer of the outer
 * one, and both count once, as the outer call. But an allocator may also keep books, in
 * blocks of its own. One rule tells the two apart: an inner call is a layer if the block
 * that the outer call returns lies in the inner call's block. Otherwise the inner block is a
 * block like any other, if it outlives the outer call. That shows when the outer call
 * returns; until then the inner block is kept here. What an inner call frees or resizes is
 * recorded as inner, and counts if the block was counted. */
#ifndef HEAPPROF_INNER_H
#define HEAPPROF_INNER_H

#include "thread.h"

/* These are for a hook for which core_begin has returned NULL; frame_address is that of its
 * frame. Each does nothing if there is no call under way.
 *
 * inner_allocated: after the hook got a block. inner_refused: after it got none. inner_frees: before it frees one.
 * inner_resizes: before it resizes one; reports whether inner_resized is to be called after
 * that. */
COLD void inner_allocated(uintptr_t block, size_t bytes, uintptr_t frame_address);
COLD void inner_refused(size_t bytes, uintptr_t frame_address);
COLD void inner_frees(uintptr_t block, uintptr_t frame_address);
COLD bool inner_resizes(uintptr_t block, uintptr_t frame_address);
COLD void inner_resized(uintptr_t block, size_t bytes, bool old_is_gone, uintptr_t frame_address);

/* The call under way in t returns block: the inner blocks in which it lies belonged to
 * layers. */
COLD void inner_settle(struct thread *t, uintptr_t block);

/* The recorder has been told that the call under way in t is refused: that one within it is, too, is no news. */
COLD void inner_is_told(struct thread *t);

/* The call under way in t returns none. Reports whether that is as one within it was refused, of
 * which the recorder has been told. */
COLD bool inner_was_refused(struct thread *t);

/* The call under way in t ends: records the inner blocks that are left, as blocks of their
 * own. */
COLD void inner_write_left(struct thread *t);

#endif
