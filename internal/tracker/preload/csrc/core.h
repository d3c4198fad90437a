/* The core's interface: what a front, that is a function that is called in place of another
 * one, tells the recorder of. The fronts (front_*.c) know the core; the core does not know
 * them.
 *
 * A front begins a call, has the real function do its work, and says what came of it; the
 * call ends with the front's function, on every way out:
 *
 *     void *malloc(size_t bytes) {
 *             CORE_CALL(t);
 *             void *block = real.malloc(bytes);
 *             core_allocated(t, block, bytes, CORE_FRAME);
 *             return block;
 *     }
 *
 * t is NULL where this is no call of its own: nothing is recorded, or the same thread made
 * it within another call, as an allocator does that is built on another one. The functions
 * here that take t take that, too. What is not recorded though it should be is counted as
 * lost. Nothing here changes errno, or calls the program's allocator.
 *
 * Other things that are recorded have files of their own: fork.h, exec.h, mapping.h. */
#ifndef HEAPPROF_CORE_H
#define HEAPPROF_CORE_H

#include "inner.h"
#include "record.h"
#include "sample.h"
#include "thread.h"
#include "unwind.h"

/* ---- the recording ---- */

/* Begins the recording, once; every later call returns at once. A call of a front does this
 * by itself. Returns false while the first call is still under way in this very thread:
 * the real functions are not known then. Defined in start.c, which puts the library
 * together. */
bool core_start(void);

/* Begins the recording, and makes all ready that a first block needs: before its own first
 * block the program may have locked itself into a sandbox. */
void core_make_ready(void);

/* Begins the recording. Returns whether there is one. */
bool core_records(void);

/* Pauses the recording, for good: from now on calls are counted as lost. To be called where
 * the clock of the events must not be read any more. */
void core_pause(void);

/* Makes ready what the recording will need when these system calls (bits of enum sys_call)
 * are forbidden. */
COLD void core_prepare_for_filter(uint32_t forbidden, uintptr_t frame_address);

/* process_stop (process.h) ends the recording for good. */

/* ---- calls ---- */

/* core_begin of a thread that has another call under way, or no state. */
NOINLINE struct thread *core_begin_slowly(uintptr_t frame_address);

/* Begins a call. frame_address is that of the hook's frame (ARCH_HOOK_FRAME). Until
 * core_end, what the same thread calls is part of this call. */
ALWAYS_INLINE struct thread *core_begin(uintptr_t frame_address) {
	struct thread *t = thread_current;
	if (likely(t && t->live && !t->busy)) {
		t->busy = frame_address;
		if (unlikely(t->special) && t->countdown) sample_mark(t);
		return t;
	}
	return core_begin_slowly(frame_address);
}

ALWAYS_INLINE void core_end(struct thread *t) {
	if (unlikely(!t)) return;
	if (unlikely(t->inner_count)) inner_write_left(t);
	t->freeing = 0;
	t->busy = 0;
}

/* Begins and ends a call of what an allocator calls, at any point of its work and also while
 * the allocator's own call is under way. */
struct thread *core_begin_inside(uintptr_t frame_address);
void core_end_inside(struct thread *t);

/* Begins and ends, by core_end_inside, a call of any function, at any point of an allocator's
 * work, too: also what is called within a call is one of the program's, but for what the tracker calls. */
COLD struct thread *core_begin_counted_slowly(uintptr_t frame_address);
ALWAYS_INLINE struct thread *core_begin_counted(uintptr_t frame_address) {
	struct thread *t = thread_current;
	if (unlikely(!t || !t->live || t->busy)) return core_begin_counted_slowly(frame_address);
	t->busy = frame_address;
	return t;
}

/* Reports whether a call is under way in this thread, and was not left for good, where a function
 * is entered whose frame is given. */
bool core_is_under_way(uintptr_t frame_address);

ALWAYS_INLINE void core_end_of_scope(struct thread **t) { core_end(*t); }
static inline void core_end_of_scope_inside(struct thread **t) { core_end_inside(*t); }

#define CORE_FRAME ARCH_HOOK_FRAME

/* Declares t, a call of the function that this stands in. The call ends with the block of
 * code. The others begin it at a given frame, by a given core_begin, and by a given
 * core_begin_inside. */
#define CORE_CALL(t) CORE_CALL_AT(t, CORE_FRAME)
#define CORE_CALL_AT(t, frame_address) CORE_CALL_BY(t, core_begin(frame_address))
#define CORE_CALL_BY(t, begin) struct thread *t __attribute__((cleanup(core_end_of_scope))) = begin
#define CORE_CALL_INSIDE_BY(t, begin) struct thread *t __attribute__((cleanup(core_end_of_scope_inside))) = begin

/* ---- blocks ---- */

/* What core_allocated does where blocks are sampled. */
COLD void core_sample_allocated(struct thread *t, void *block, size_t bytes, uintptr_t frame_address);

/* What the functions below do where more is wanted than what is allocated: what frees a block is recorded with
 * its stack, blocks are sampled, or some are refused. A realloc that frees has a stack as well,
 * and whether it will is not known before. */
NOINLINE void core_allocated_specially(struct thread *t, void *block, size_t bytes, uintptr_t frame_address);
NOINLINE void core_resized_specially(struct thread *t, bool told, void *old, void *block, size_t bytes, bool old_is_gone, uintptr_t frame_address);
NOINLINE bool core_refuses_specially(struct thread *t, void *old, size_t bytes, uintptr_t frame_address);
NOINLINE void core_frees_specially(struct thread *t, void *block, uintptr_t frame_address);
NOINLINE bool core_resizes_specially(struct thread *t, void *old, uintptr_t frame_address);

enum { CORE_OUT_OF_MEMORY = 12 /* ENOMEM */ };

/* Sets errno as a call does that was refused. Returns false where there is no way to it, as in a static
 * program. */
COLD bool core_set_errno(void);

/* After a call, for so many bytes, that the allocator has refused: it has made no block. by: who
 * has refused it, of what wire_event.h lists. The functions below call this for the allocator. */
COLD void core_refused(struct thread *t, size_t bytes, uint32_t by, uintptr_t frame_address);

static inline void core_record_block(struct thread *t, void *block, size_t bytes, uintptr_t frame_address) {
	uintptr_t address = arch_address((uintptr_t)block);
	if (unlikely(!block)) return core_refused(t, bytes, WIRE_REFUSED_BY_ALLOCATOR, frame_address);
	if (!record_fits(address)) return;
	record_block(t, address, bytes, unwind(t, frame_address));
	if (unlikely(t->inner_count)) inner_settle(t, address);
}

/* After a call that has made a block of so many bytes; NULL: it was refused. */
ALWAYS_INLINE void core_allocated(struct thread *t, void *block, size_t bytes, uintptr_t frame_address) {
	if (unlikely(!t)) {
		inner_allocated((uintptr_t)block, bytes, frame_address);
	} else if (likely(!t->special)) {
		core_record_block(t, block, bytes, frame_address);
	} else if (!t->countdown) {
		core_allocated_specially(t, block, bytes, frame_address);
	} else {
		bool settled = block && t->countdown->blocks == t->marked_blocks && !t->inner_count;
		if (!settled || !sample_passes(t->countdown, bytes)) core_sample_allocated(t, block, bytes, frame_address);
	}
}

/* Before a call that makes a block of so many bytes, or resizes the block old if that is not NULL. Returns
 * whether the call is not to be made but to fail, as if there were no memory: the recorder has been
 * told of that. */
ALWAYS_INLINE bool core_refuses(struct thread *t, void *old, size_t bytes, uintptr_t frame_address) {
	return t && unlikely(t->special) && core_refuses_specially(t, old, bytes, frame_address);
}

/* Before a call that frees a block, which is not NULL. */
ALWAYS_INLINE void core_frees(struct thread *t, void *block, uintptr_t frame_address) {
	if (likely(t && !t->special)) record_free(t, block);
	else if (t) core_frees_specially(t, block, frame_address);
	else inner_frees((uintptr_t)block, frame_address);
}

/* Before a call that resizes the block old, or makes one if that is NULL. Returns what
 * core_resized is to be told: whether the recorder was told of the block's resizing. */
ALWAYS_INLINE bool core_resizes(struct thread *t, void *old, uintptr_t frame_address) {
	if (!old) return false;
	if (likely(t && !t->special)) return record_realloc(t, old);
	return t ? core_resizes_specially(t, old, frame_address) : inner_resizes((uintptr_t)old, frame_address);
}

static inline void core_record_resized(struct thread *t, void *block, size_t bytes, bool old_is_gone, uintptr_t frame_address) {
	if (unlikely(t->inner_count && block)) inner_settle(t, arch_address((uintptr_t)block));
	record_realloced(t, block, bytes, old_is_gone, WIRE_ROOT);
	if (unlikely(!block)) core_refused(t, bytes, WIRE_REFUSED_BY_ALLOCATOR, frame_address);
}

/* After that call. block is where the block is now; NULL: the call has failed, or, if
 * old_is_gone, has freed old. A call for no bytes is refused by nobody. */
ALWAYS_INLINE void core_resized(struct thread *t, bool told, void *old, void *block, size_t bytes, bool old_is_gone, uintptr_t frame_address) {
	if (unlikely(process.resizes_specially)) {
		core_resized_specially(t, told, old, block, bytes, old_is_gone, frame_address);
	} else if (unlikely(!told)) {
		if (!old) core_allocated(t, block, bytes, frame_address);
		else if (!block) core_refused(t, bytes, WIRE_REFUSED_BY_ALLOCATOR, frame_address);
	} else if (likely(t)) {
		core_record_resized(t, block, bytes, old_is_gone, frame_address);
	} else {
		inner_resized((uintptr_t)block, bytes, old_is_gone, frame_address);
	}
}

#endif
