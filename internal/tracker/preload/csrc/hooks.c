/* The wrapped functions. Each calls the real one and writes an event; a block's
 * birth is written after the real call returned, its death before the real
 * call is made, so that events in time order tell the truth even where another
 * thread reuses the address at once. */
#include "process.h"
#include "ring.h"
#include "thread.h"
#include "unwind.h"

#define FRAME ((uintptr_t)__builtin_frame_address(0))
#define REAL process.real

static const unsigned address_bits = 48;

ALWAYS_INLINE bool fits(uintptr_t address) {
	if (likely(address >> address_bits == 0)) return true;
	process_count_lost();
	return false;
}

/* The stamp of a birth. While no other thread has recorded there is nobody whose
 * events could come between, and the cheaper reading will do; it may be early
 * by some instructions, but not before the thread's own last event. */
ALWAYS_INLINE uint64_t stamp_birth(void) {
	return likely(!load_relaxed(&process.many)) ? arch_stamp_before() : arch_stamp_after();
}

static inline void record_alloc(struct thread *t, void *block, size_t bytes, uintptr_t frame_address) {
	uintptr_t address = (uintptr_t)block;
	if (!block || !fits(address)) return;
	uint64_t slot = unwind(t, frame_address), stamp = stamp_birth(), later = stamp - t->stamp;
	t->stamp = stamp;
	if (likely(bytes < 1u << 16 && later >> 44 == 0))
		ring_write2(t, WIRE_ALLOC_SHORT | slot << 4 | later << 20, address | (uint64_t)bytes << address_bits);
	else
		ring_write3(t, stamp << 4 | WIRE_ALLOC, address | slot << address_bits, bytes);
}

static inline void record_free(struct thread *t, void *block) {
	uintptr_t address = (uintptr_t)block;
	if (!fits(address)) return;
	uint64_t stamp = arch_stamp_before(), later = stamp - t->stamp;
	t->stamp = stamp;
	if (likely(later >> 16 == 0 && address % 16 == 0)) ring_write1(t, WIRE_FREE_SHORT | later << 4 | address << 16);
	else ring_write2(t, stamp << 4 | WIRE_FREE, address);
}

EXPORT void *malloc(size_t bytes) {
	struct thread *t = thread_enter(FRAME);
	if (unlikely(!REAL.malloc)) return NULL;
	void *block = REAL.malloc(bytes);
	if (likely(t)) {
		record_alloc(t, block, bytes, FRAME);
		thread_leave(t);
	}
	return block;
}

EXPORT void *calloc(size_t count, size_t size) {
	struct thread *t = thread_enter(FRAME);
	if (unlikely(!REAL.calloc)) return NULL;
	void *block = REAL.calloc(count, size);
	if (likely(t)) {
		record_alloc(t, block, count * size, FRAME); /* no overflow: the call succeeded, or block is NULL */
		thread_leave(t);
	}
	return block;
}

static inline void *recorded_realloc(struct thread *t, void *old, size_t bytes, uintptr_t frame_address) {
	if (!old) {
		void *block = REAL.realloc(NULL, bytes);
		record_alloc(t, block, bytes, frame_address);
		return block;
	}
	if (!fits((uintptr_t)old)) return REAL.realloc(old, bytes);
	t->stamp = arch_stamp_before();
	ring_write2(t, t->stamp << 4 | WIRE_REALLOC, (uintptr_t)old);
	void *block = REAL.realloc(old, bytes);
	/* No stack: a block belongs to the site that allocated it first. The root
	 * is for blocks from before the recording. */
	t->stamp = arch_stamp_after();
	if (block && fits((uintptr_t)block))
		ring_write3(t, t->stamp << 4 | WIRE_REALLOCED, (uintptr_t)block | (uint64_t)WIRE_ROOT << address_bits, bytes);
	else
		ring_write1(t, t->stamp << 4 | (bytes == 0 || block ? WIRE_REALLOC_FREED : WIRE_REALLOC_FAILED));
	return block;
}

EXPORT void *realloc(void *old, size_t bytes) {
	struct thread *t = thread_enter(FRAME);
	if (unlikely(!REAL.realloc)) return NULL;
	if (unlikely(!t)) return REAL.realloc(old, bytes);
	void *block = recorded_realloc(t, old, bytes, FRAME);
	thread_leave(t);
	return block;
}

EXPORT void *reallocarray(void *old, size_t count, size_t size) {
	struct thread *t = thread_enter(FRAME);
	size_t bytes;
	/* Of an overflow only the real function knows what to answer. */
	if (unlikely(!t || __builtin_mul_overflow(count, size, &bytes))) {
		void *block = REAL.reallocarray ? REAL.reallocarray(old, count, size) : NULL;
		if (t) thread_leave(t);
		return block;
	}
	void *block = recorded_realloc(t, old, bytes, FRAME);
	thread_leave(t);
	return block;
}

EXPORT void free(void *block) {
	if (!block) return;
	struct thread *t = thread_enter(FRAME);
	if (likely(t)) record_free(t, block);
	if (likely(REAL.free)) REAL.free(block);
	if (likely(t)) thread_leave(t);
}

/* Sized deallocation (C23). A libc that lacks it frees as ever. */
EXPORT void free_sized(void *block, size_t bytes) {
	if (!block) return;
	struct thread *t = thread_enter(FRAME);
	if (likely(t)) record_free(t, block);
	if (REAL.free_sized) REAL.free_sized(block, bytes);
	else if (likely(REAL.free)) REAL.free(block);
	if (likely(t)) thread_leave(t);
}

EXPORT void free_aligned_sized(void *block, size_t alignment, size_t bytes) {
	if (!block) return;
	struct thread *t = thread_enter(FRAME);
	if (likely(t)) record_free(t, block);
	if (REAL.free_aligned_sized) REAL.free_aligned_sized(block, alignment, bytes);
	else if (likely(REAL.free)) REAL.free(block);
	if (likely(t)) thread_leave(t);
}

EXPORT int posix_memalign(void **block, size_t alignment, size_t bytes) {
	enum { OUT_OF_MEMORY = 12 /* ENOMEM */ };
	struct thread *t = thread_enter(FRAME);
	if (unlikely(!REAL.posix_memalign)) return OUT_OF_MEMORY;
	int failed = REAL.posix_memalign(block, alignment, bytes);
	if (likely(t)) {
		if (!failed) record_alloc(t, *block, bytes, FRAME);
		thread_leave(t);
	}
	return failed;
}

/* The aligned functions of one shape: (alignment, bytes). */
#define ALIGNED(name) \
	EXPORT void *name(size_t alignment, size_t bytes) { \
		struct thread *t = thread_enter(FRAME); \
		if (unlikely(!REAL.name)) return NULL; \
		void *block = REAL.name(alignment, bytes); \
		if (likely(t)) { \
			record_alloc(t, block, bytes, FRAME); \
			thread_leave(t); \
		} \
		return block; \
	}
ALIGNED(aligned_alloc)
ALIGNED(memalign)

/* Whole pages: (bytes). What was asked for is recorded, not what it was rounded to. */
#define PAGED(name) \
	EXPORT void *name(size_t bytes) { \
		struct thread *t = thread_enter(FRAME); \
		if (unlikely(!REAL.name)) return NULL; \
		void *block = REAL.name(bytes); \
		if (likely(t)) { \
			record_alloc(t, block, bytes, FRAME); \
			thread_leave(t); \
		} \
		return block; \
	}
PAGED(valloc)
PAGED(pvalloc)

EXPORT size_t malloc_usable_size(void *block) {
	if (unlikely(!REAL.malloc_usable_size && !process_start())) return 0;
	return REAL.malloc_usable_size ? REAL.malloc_usable_size(block) : 0;
}
