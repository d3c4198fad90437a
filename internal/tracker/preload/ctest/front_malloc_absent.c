/* A wrapped function that the program's libraries do not have answers that there is no
 * memory, and its call has ended then: the thread's next one is recorded. */
#include <stdio.h>
#include <stdlib.h>

/* Not the names that the sanitizers wrap. */
#define calloc hooked_calloc
#define reallocarray hooked_reallocarray
#define posix_memalign hooked_posix_memalign
#define aligned_alloc hooked_aligned_alloc
#define memalign hooked_memalign
#define valloc hooked_valloc
#define pvalloc hooked_pvalloc
#define malloc_usable_size hooked_malloc_usable_size
#include "../csrc/front_malloc.c"

#include "host.h"

/* What is not called here. */
struct real real;
__thread struct thread *thread_current;
__thread uintptr_t sample_offset;
struct wire_countdown *const sample_none;
bool core_start(void) { return true; }
uint32_t unwind(struct thread *t, uintptr_t frame_address) { return (void)t, (void)frame_address, WIRE_ROOT; }
struct thread *core_begin_slowly(uintptr_t frame_address) {
	return (void)frame_address, NULL;
}
void core_sample_allocated(struct thread *t, void *block, size_t bytes, uintptr_t frame_address) { (void)t, (void)block, (void)bytes, (void)frame_address; }
void core_refused(struct thread *t, size_t bytes, uint32_t by, uintptr_t frame_address) { (void)t, (void)bytes, (void)by, (void)frame_address; }
bool core_set_errno(void) { return false; }
bool core_refuses_specially(struct thread *t, void *old, size_t bytes, uintptr_t frame_address) { return (void)t, (void)old, (void)bytes, (void)frame_address, false; }
void core_allocated_specially(struct thread *t, void *block, size_t bytes, uintptr_t frame_address) { (void)t, (void)block, (void)bytes, (void)frame_address; }
void core_frees_specially(struct thread *t, void *block, uintptr_t frame_address) { (void)t, (void)block, (void)frame_address; }
bool core_resizes_specially(struct thread *t, void *old, uintptr_t frame_address) { return (void)t, (void)old, (void)frame_address, false; }
void core_resized_specially(struct thread *t, bool told, void *old, void *block, size_t bytes, bool old_is_gone, uintptr_t frame_address) {
	(void)t, (void)told, (void)old, (void)block, (void)bytes, (void)old_is_gone, (void)frame_address;
}
void inner_allocated(uintptr_t block, size_t bytes, uintptr_t frame_address) { (void)block, (void)bytes, (void)frame_address; }
void inner_frees(uintptr_t block, uintptr_t frame_address) { (void)block, (void)frame_address; }
bool inner_resizes(uintptr_t block, uintptr_t frame_address) { return (void)block, (void)frame_address, false; }
void inner_resized(uintptr_t block, size_t bytes, bool old_is_gone, uintptr_t frame_address) { (void)block, (void)bytes, (void)old_is_gone, (void)frame_address; }
void inner_settle(struct thread *t, uintptr_t block) { (void)t, (void)block; }
void inner_write_left(struct thread *t) { (void)t; }

static void ended(const char *name, bool failed) {
	require(failed);
	printf("%s%s\n", name, thread_current->busy ? ": still under way" : "");
	thread_current->busy = 0;
}

int main(void) {
	thread_current = host_thread();
	void *block;
	ended("malloc", !front_malloc_hook(1));
	ended("calloc", !calloc(1, 1));
	ended("realloc", !front_malloc_hook_realloc(NULL, 1));
	ended("reallocarray", !reallocarray(NULL, 1, 1));
	ended("reallocarray, too large", !reallocarray(NULL, ~(size_t)0, 2));
	ended("posix_memalign", posix_memalign(&block, 16, 1));
	ended("aligned_alloc", !aligned_alloc(16, 1));
	ended("memalign", !memalign(16, 1));
	ended("valloc", !valloc(1));
	ended("pvalloc", !pvalloc(1));
	front_malloc_hook_free(&block);
	ended("free", true);
	return 0;
}
