/* What the library's fronts, the functions that are called in place of others, tell the
 * recorder of.
 *
 * A front begins a call, has the real function do its work, says what came of it, and ends
 * the call:
 *
 *     CORE_CALL(t);
 *     void *block = real_malloc(bytes);
 *     core_allocated(t, block, bytes, FRAME);
 *     return block;
 *
 * t is NULL where the call is no call of its own: nothing is recorded (any more), or it
 * was made within another one of the same thread, as by an allocator that is built on
 * another. Every function here takes that, too. */
#ifndef HEAPPROF_CORE_H
#define HEAPPROF_CORE_H

#include "inner.h"
#include "record.h"

/* Begins a call, whose hook's frame is at frame_address (ARCH_HOOK_FRAME), and ends it.
 * Between the two, what the same thread calls belongs to it. */
ALWAYS_INLINE struct thread *core_begin(uintptr_t frame_address) { return thread_enter(frame_address); }

ALWAYS_INLINE void core_end(struct thread *t) {
	if (likely(t)) thread_leave(t);
}

ALWAYS_INLINE void core_end_of_scope(struct thread **t) { core_end(*t); }

/* Declares t: a call of the function that this stands in, as begun by begin. It ends with
 * the block of code, on every way out of it. */
#define CORE_CALL_OF(t, begin) struct thread *t __attribute__((cleanup(core_end_of_scope))) = begin
#define CORE_CALL_AT(t, frame_address) CORE_CALL_OF(t, core_begin(frame_address))
#define CORE_CALL(t) CORE_CALL_AT(t, FRAME)

/* After a call that has made a block of so many bytes; NULL: it has failed. */
ALWAYS_INLINE void core_allocated(struct thread *t, void *block, size_t bytes, uintptr_t frame_address) {
	if (likely(t)) record_alloc(t, block, bytes, frame_address);
	else inner_allocated((uintptr_t)block, bytes, frame_address);
}

/* Before a call that frees a block, which is not NULL. */
ALWAYS_INLINE void core_frees(struct thread *t, void *block, uintptr_t frame_address) {
	if (likely(t)) record_free(t, block);
	else inner_frees((uintptr_t)block, frame_address);
}

/* Before a call that resizes a block, old, or makes one if that is NULL. Returns whether
 * the block is being resized for all that the recorder knows: for core_resized. */
ALWAYS_INLINE bool core_resizes(struct thread *t, void *old, uintptr_t frame_address) {
	if (!old) return false;
	return likely(t) ? record_realloc(t, old) : inner_resizes((uintptr_t)old, frame_address);
}

/* After that call. block: where it is now; NULL: the call has failed, or has freed it if
 * old_is_gone. */
ALWAYS_INLINE void core_resized(struct thread *t, bool resizes, void *old, void *block, size_t bytes, bool old_is_gone, uintptr_t frame_address) {
	if (!old) core_allocated(t, block, bytes, frame_address);
	else if (unlikely(!resizes)) return;
	else if (likely(t)) record_realloced(t, block, bytes, old_is_gone);
	else inner_resized((uintptr_t)block, bytes, old_is_gone, frame_address);
}

#endif
