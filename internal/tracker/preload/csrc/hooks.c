/* The wrapped functions. Each calls the real one and writes an event; a block's
 * birth is written after the real call returned, its death before the real
 * call is made, so that events in time order tell the truth even where another
 * thread reuses the address at once. */
#include "record.h"

#define REAL process.real

EXPORT void *malloc(size_t bytes) {
	struct thread *t = thread_enter(FRAME);
	if (unlikely(!REAL.malloc)) return NULL;
	void *block = REAL.malloc(bytes);
	if (unlikely(!t)) {
		inner_allocated((uintptr_t)block, bytes, FRAME);
		return block;
	}
	record_alloc(t, block, bytes, FRAME);
	thread_leave(t);
	return block;
}

EXPORT void *calloc(size_t count, size_t size) {
	struct thread *t = thread_enter(FRAME);
	if (unlikely(!REAL.calloc)) return NULL;
	void *block = REAL.calloc(count, size);
	if (likely(t)) {
		record_alloc(t, block, count * size, FRAME); /* no overflow: the call succeeded, or block is NULL */
		thread_leave(t);
	} else {
		inner_allocated((uintptr_t)block, count * size, FRAME);
	}
	return block;
}

static void *inner_realloc(void *old, size_t bytes, uintptr_t frame_address) {
	bool told = old && inner_resizes((uintptr_t)old, frame_address);
	void *block = REAL.realloc(old, bytes);
	if (told) inner_resized((uintptr_t)block, bytes, bytes == 0, frame_address);
	else if (!old) inner_allocated((uintptr_t)block, bytes, frame_address);
	return block;
}

static inline void *recorded_realloc(struct thread *t, void *old, size_t bytes, uintptr_t frame_address) {
	if (!old) {
		void *block = REAL.realloc(NULL, bytes);
		record_alloc(t, block, bytes, frame_address);
		return block;
	}
	if (!record_realloc(t, old)) return REAL.realloc(old, bytes);
	void *block = REAL.realloc(old, bytes);
	record_realloced(t, block, bytes, bytes == 0);
	return block;
}

EXPORT void *realloc(void *old, size_t bytes) {
	struct thread *t = thread_enter(FRAME);
	if (unlikely(!REAL.realloc)) return NULL;
	if (unlikely(!t)) return inner_realloc(old, bytes, FRAME);
	void *block = recorded_realloc(t, old, bytes, FRAME);
	thread_leave(t);
	return block;
}

EXPORT void *reallocarray(void *old, size_t count, size_t size) {
	struct thread *t = thread_enter(FRAME);
	size_t bytes;
	/* Of an overflow only the real function knows what to answer. */
	if (unlikely(__builtin_mul_overflow(count, size, &bytes))) {
		void *block = REAL.reallocarray ? REAL.reallocarray(old, count, size) : NULL;
		if (t) thread_leave(t);
		return block;
	}
	if (unlikely(!t)) return REAL.realloc ? inner_realloc(old, bytes, FRAME) : NULL;
	void *block = recorded_realloc(t, old, bytes, FRAME);
	thread_leave(t);
	return block;
}

EXPORT void free(void *block) {
	if (!block) return;
	struct thread *t = thread_enter(FRAME);
	if (likely(t)) record_free(t, block);
	else inner_frees((uintptr_t)block, FRAME);
	if (likely(REAL.free)) REAL.free(block);
	if (likely(t)) thread_leave(t);
}

/* Sized deallocation (C23). A libc that lacks it frees as ever. */
EXPORT void free_sized(void *block, size_t bytes) {
	if (!block) return;
	struct thread *t = thread_enter(FRAME);
	if (likely(t)) record_free(t, block);
	else inner_frees((uintptr_t)block, FRAME);
	if (REAL.free_sized) REAL.free_sized(block, bytes);
	else if (likely(REAL.free)) REAL.free(block);
	if (likely(t)) thread_leave(t);
}

EXPORT void free_aligned_sized(void *block, size_t alignment, size_t bytes) {
	if (!block) return;
	struct thread *t = thread_enter(FRAME);
	if (likely(t)) record_free(t, block);
	else inner_frees((uintptr_t)block, FRAME);
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
	} else if (!failed) {
		inner_allocated((uintptr_t)*block, bytes, FRAME);
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
		} else { \
			inner_allocated((uintptr_t)block, bytes, FRAME); \
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
		} else { \
			inner_allocated((uintptr_t)block, bytes, FRAME); \
		} \
		return block; \
	}
PAGED(valloc)
PAGED(pvalloc)

EXPORT size_t malloc_usable_size(void *block) {
	if (unlikely(!REAL.malloc_usable_size && !process_start())) return 0;
	return REAL.malloc_usable_size ? REAL.malloc_usable_size(block) : 0;
}
