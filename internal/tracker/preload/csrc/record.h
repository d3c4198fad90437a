/* The events of blocks. */
#ifndef HEAPPROF_RECORD_H
#define HEAPPROF_RECORD_H

#include "process.h"
#include "ring.h"
#include "sampled.h"
#include "thread.h"

/* Returns the stamp of an event that is written before its action; not less than that of the
 * thread's last event. */
ALWAYS_INLINE uint64_t record_stamp_before(const struct thread *t) {
	uint64_t now = likely(!load_relaxed(&process.many_threads)) ? arch_stamp_alone() : arch_stamp_before();
	return ARCH_COARSE_STAMPS && now < t->stamp ? t->stamp : now;
}

ALWAYS_INLINE bool record_fits(uintptr_t address) {
	if (likely(wire_has_address(address))) return true;
	process_count_lost();
	return false;
}

/* Returns the stamp of a block's birth. While no other thread has recorded, no event can come
 * between, and the cheaper reading of the clock will do: it may be early by some
 * instructions, but not before the thread's own last event. */
ALWAYS_INLINE uint64_t record_stamp_birth(const struct thread *t) {
	return likely(!load_relaxed(&process.many_threads)) ? record_stamp_before(t) : arch_stamp_after();
}

ALWAYS_INLINE void record_block(struct thread *t, uintptr_t address, size_t bytes, uint64_t stack) {
	uint64_t stamp = record_stamp_birth(t), later = stamp - t->stamp;
	t->stamp = stamp;
	if (likely(wire_is_alloc_short(later, bytes))) ring_write2(t, wire_alloc_short(later, address, bytes, stack));
	else ring_write3(t, wire_alloc(stamp, address, bytes, stack, WIRE_FAMILY_UNTOLD));
}

/* The same with the family that has allocated it. */
static inline void record_block_of(struct thread *t, uintptr_t address, size_t bytes, uint64_t stack, enum wire_family family) {
	t->stamp = record_stamp_birth(t);
	ring_write3(t, wire_alloc(t->stamp, address, bytes, stack, family));
}

static inline void record_free(struct thread *t, void *block) {
	uintptr_t address = arch_address((uintptr_t)block);
	if (!record_fits(address)) return;
	t->freeing = address;
	uint64_t stamp = record_stamp_before(t), later = stamp - t->stamp;
	t->stamp = stamp;
	if (likely(wire_is_free_short(later, address))) ring_write1(t, wire_free_short(later, address));
	else ring_write2(t, wire_free(stamp, address));
}

/* The same with the stack that frees it, and by which family. */
static inline void record_free_through(struct thread *t, uintptr_t address, uint64_t stack, enum wire_family family) {
	t->freeing = address;
	t->stamp = record_stamp_before(t);
	ring_write3(t, wire_through(wire_free(t->stamp, address), stack, family));
}

/* Before a sampled block is freed. */
static inline void record_free_sampled(struct thread *t, uintptr_t address) {
	bool outlived = t->newest != address || t->newest_left != t->countdown->left;
	t->stamp = record_stamp_before(t);
	ring_write2(t, wire_free_sampled(t->stamp, address, outlived));
	sampled_remove(address);
}

/* Before a realloc. Returns false where its events are left out. */
static inline bool record_realloc(struct thread *t, void *old) {
	uintptr_t address = arch_address((uintptr_t)old);
	if (!record_fits(address)) return false;
	t->freeing = address;
	t->stamp = record_stamp_before(t);
	ring_write2(t, wire_realloc(t->stamp, address));
	return true;
}

/* The same with the stack that reallocates it, and by which family. */
static inline bool record_realloc_through(struct thread *t, uintptr_t address, uint64_t stack, enum wire_family family) {
	t->freeing = address;
	t->stamp = record_stamp_before(t);
	ring_write3(t, wire_through(wire_realloc(t->stamp, address), stack, family));
	return true;
}

/* After that realloc. old_is_gone: where block is NULL the old block was freed. A block belongs to
 * the site that allocated it first: the stack is the root's, unless there is a limit, so that it
 * matters who has resized it. */
static inline void record_realloced(struct thread *t, void *block, size_t bytes, bool old_is_gone, uint64_t stack) {
	t->stamp = arch_stamp_after();
	uintptr_t address = arch_address((uintptr_t)block);
	if (block && record_fits(address)) ring_write3(t, wire_realloced(t->stamp, address, bytes, stack));
	else ring_write1(t, block || old_is_gone ? wire_realloc_freed(t->stamp) : wire_realloc_failed(t->stamp));
}

#endif
