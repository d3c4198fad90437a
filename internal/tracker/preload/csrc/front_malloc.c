/* The wrapped functions. Each calls the real one and writes an event; a block's
 * birth is written after the real call returned, its death before the real
 * call is made, so that events in time order tell the truth even where another
 * thread reuses the address at once. */
#include "front_malloc.h"

#include "core.h"
#include "real.h"

/* Where blocks are sampled and the allocator calls no wrapped function (process.leaf), a call is
 * passed on at once if its block is not sampled. Returns the countdown in which that is
 * counted; else NULL. */
ALWAYS_INLINE struct wire_countdown *passing(size_t bytes) {
	struct wire_countdown *s = sample_current();
	return unlikely(s != NULL) && sample_passes(s, bytes) ? s : NULL;
}

/* Returns the block that such a call has made; NULL: it has failed, and nothing is counted. */
ALWAYS_INLINE void *passed(struct wire_countdown *s, void *block, size_t bytes) {
	if (unlikely(!block)) sample_passes_not(s, bytes);
	return block;
}

/* What is returned in place of a block where a call is refused. */
static COLD void *none(void) {
	core_set_errno();
	return NULL;
}

void *front_malloc_hook(size_t bytes) {
	CORE_CALL(t);
	if (core_refuses(t, NULL, bytes, CORE_FRAME)) return none();
	if (unlikely(!real.malloc)) return NULL;
	void *block = real.malloc(bytes);
	core_allocated(t, block, bytes, CORE_FRAME);
	return block;
}

EXPORT void *calloc(size_t count, size_t size) {
	size_t bytes;
	bool is_too_large = __builtin_mul_overflow(count, size, &bytes);
	struct wire_countdown *s = is_too_large ? NULL : passing(bytes);
	if (s) return passed(s, real.calloc(count, size), bytes);
	CORE_CALL(t);
	if (!unlikely(is_too_large) && core_refuses(t, NULL, bytes, CORE_FRAME)) return none();
	if (unlikely(!real.calloc)) return NULL;
	void *block = real.calloc(count, size);
	core_allocated(t, block, unlikely(is_too_large) ? SIZE_MAX : bytes, CORE_FRAME);
	return block;
}

static void *resize(struct thread *t, void *old, size_t bytes, uintptr_t frame_address) {
	if (core_refuses(t, old, bytes, frame_address)) return none();
	if (unlikely(!real.realloc)) return NULL;
	bool told = core_resizes(t, old, frame_address);
	void *block = real.realloc(old, bytes);
	core_resized(t, told, old, block, bytes, bytes == 0, frame_address);
	return block;
}

void *front_malloc_hook_realloc(void *old, size_t bytes) {
	CORE_CALL(t);
	return resize(t, old, bytes, CORE_FRAME);
}

EXPORT void *reallocarray(void *old, size_t count, size_t size) {
	CORE_CALL(t);
	size_t bytes;
	/* What to answer to an overflow only the real function knows. */
	if (unlikely(__builtin_mul_overflow(count, size, &bytes))) {
		core_refused(t, SIZE_MAX, WIRE_REFUSED_BY_ALLOCATOR, CORE_FRAME);
		return real.reallocarray ? real.reallocarray(old, count, size) : NULL;
	}
	return resize(t, old, bytes, CORE_FRAME);
}

void front_malloc_hook_free(void *block) {
	if (!block) return;
	if (unlikely(process.sample_mean) && !sampled_holds(arch_address((uintptr_t)block)) && likely(real.free)) return real.free(block);
	CORE_CALL(t);
	core_frees(t, block, CORE_FRAME);
	if (likely(real.free)) real.free(block);
}

/* Sized deallocation (C23). Where libc lacks it, free does the work. */
EXPORT void free_sized(void *block, size_t bytes) {
	if (!block) return;
	CORE_CALL(t);
	core_frees(t, block, CORE_FRAME);
	if (real.free_sized) real.free_sized(block, bytes);
	else if (likely(real.free)) real.free(block);
}

EXPORT void free_aligned_sized(void *block, size_t alignment, size_t bytes) {
	if (!block) return;
	CORE_CALL(t);
	core_frees(t, block, CORE_FRAME);
	if (real.free_aligned_sized) real.free_aligned_sized(block, alignment, bytes);
	else if (likely(real.free)) real.free(block);
}

EXPORT int posix_memalign(void **block, size_t alignment, size_t bytes) {
	CORE_CALL(t);
	if (core_refuses(t, NULL, bytes, CORE_FRAME)) return CORE_OUT_OF_MEMORY;
	if (unlikely(!real.posix_memalign)) return CORE_OUT_OF_MEMORY;
	int failed = real.posix_memalign(block, alignment, bytes);
	if (likely(!failed)) core_allocated(t, *block, bytes, CORE_FRAME);
	else core_refused(t, failed == CORE_OUT_OF_MEMORY ? bytes : 0, WIRE_REFUSED_BY_ALLOCATOR, CORE_FRAME);
	return failed;
}

/* The aligned functions of one shape: (alignment, bytes). What is no alignment is no lack of memory. */
#define ALIGNED(name) \
	EXPORT void *name(size_t alignment, size_t bytes) { \
		CORE_CALL(t); \
		if (core_refuses(t, NULL, bytes, CORE_FRAME)) return none(); \
		if (unlikely(!real.name)) return NULL; \
		void *block = real.name(alignment, bytes); \
		core_allocated(t, block, unlikely(!block && (alignment & (alignment - 1))) ? 0 : bytes, CORE_FRAME); \
		return block; \
	}
ALIGNED(aligned_alloc)
ALIGNED(memalign)

/* Whole pages: (bytes). What was asked for is recorded, not what it was rounded to. */
#define PAGED(name) \
	EXPORT void *name(size_t bytes) { \
		CORE_CALL(t); \
		if (core_refuses(t, NULL, bytes, CORE_FRAME)) return none(); \
		if (unlikely(!real.name)) return NULL; \
		void *block = real.name(bytes); \
		core_allocated(t, block, bytes, CORE_FRAME); \
		return block; \
	}
PAGED(valloc)
PAGED(pvalloc)

EXPORT size_t malloc_usable_size(void *block) {
	if (unlikely(!real.malloc_usable_size && !core_start())) return 0;
	return real.malloc_usable_size ? real.malloc_usable_size(block) : 0;
}
