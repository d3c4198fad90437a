/* What every hook that makes or frees a block writes. */
#ifndef HEAPPROF_RECORD_H
#define HEAPPROF_RECORD_H

#include "inner.h"
#include "process.h"
#include "ring.h"
#include "thread.h"
#include "unwind.h"

#define FRAME ARCH_HOOK_FRAME

static const unsigned record_address_bits = 48;

ALWAYS_INLINE bool record_fits(uintptr_t address) {
	if (likely(address >> record_address_bits == 0)) return true;
	process_count_lost();
	return false;
}

/* The stamp of a birth. While no other thread has recorded there is nobody whose
 * events could come between, and the cheaper reading will do; it may be early
 * by some instructions, but not before the thread's own last event. */
ALWAYS_INLINE uint64_t record_stamp_birth(const struct thread *t) {
	return likely(!load_relaxed(&process.many)) ? record_stamp_before(t) : arch_stamp_after();
}

ALWAYS_INLINE void record_block(struct thread *t, uintptr_t address, size_t bytes, uint64_t slot) {
	uint64_t stamp = record_stamp_birth(t), later = stamp - t->stamp;
	t->stamp = stamp;
	if (likely(bytes < 1u << 16 && later >> 44 == 0))
		ring_write2(t, WIRE_ALLOC_SHORT | slot << 4 | later << 20, address | (uint64_t)bytes << record_address_bits);
	else
		ring_write3(t, stamp << 4 | WIRE_ALLOC, address | slot << record_address_bits, bytes);
}

static inline void record_alloc(struct thread *t, void *block, size_t bytes, uintptr_t frame_address) {
	uintptr_t address = arch_address((uintptr_t)block);
	if (!block || !record_fits(address)) return;
	record_block(t, address, bytes, unwind(t, frame_address));
	if (unlikely(t->inner_count)) inner_settle(t, address);
}

static inline void record_free(struct thread *t, void *block) {
	uintptr_t address = arch_address((uintptr_t)block);
	if (!record_fits(address)) return;
	t->freeing = address;
	uint64_t stamp = record_stamp_before(t), later = stamp - t->stamp;
	t->stamp = stamp;
	if (likely(later >> 16 == 0 && address % 16 == 0)) ring_write1(t, WIRE_FREE_SHORT | later << 4 | address << 16);
	else ring_write2(t, stamp << 4 | WIRE_FREE, address);
}

/* Before a realloc. False: its events are left out. */
static inline bool record_realloc(struct thread *t, void *old) {
	uintptr_t address = arch_address((uintptr_t)old);
	if (!record_fits(address)) return false;
	t->freeing = address;
	t->stamp = record_stamp_before(t);
	ring_write2(t, t->stamp << 4 | WIRE_REALLOC, address);
	return true;
}

/* After it. old_is_gone: the old block does not live on where block is NULL. */
static inline void record_realloced(struct thread *t, void *block, size_t bytes, bool old_is_gone) {
	/* No stack: a block belongs to the site that allocated it first. The root
	 * is for blocks from before the recording. */
	t->stamp = arch_stamp_after();
	uintptr_t address = arch_address((uintptr_t)block);
	if (unlikely(t->inner_count)) inner_settle(t, address);
	if (block && record_fits(address))
		ring_write3(t, t->stamp << 4 | WIRE_REALLOCED, address | (uint64_t)WIRE_ROOT << record_address_bits, bytes);
	else
		ring_write1(t, t->stamp << 4 | (block || old_is_gone ? WIRE_REALLOC_FREED : WIRE_REALLOC_FAILED));
}

#endif
