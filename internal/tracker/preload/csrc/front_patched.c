#include "front_patched.h"

#include "child.h"
#include "copy.h"
#include "core.h"
#include "counted.h"
#include "exec.h"
#include "family.h"
#include "filter.h"
#include "fork.h"
#include "frames.h"
#include "fresh.h"
#include "guest.h"
#include "interrupted.h"
#include "layers.h"
#include "mapping.h"
#include "mark.h"
#include "objects.h"
#include "plan.h"
#include "python_find.h"
#include "refresh.h"
#include "sys.h"
#include "text.h"

/* What a function returns in registers. */
typedef unsigned __int128 result;

ARCH_CALL_WITH(front_patched_call)
result front_patched_call(uintptr_t function, const uintptr_t *registers, size_t words, const uintptr_t *stack) __attribute__((visibility("hidden")));

/* Defines the hook of one kind of patched function, and its shim, to which the stubs jump. A
 * hook does what those of front_malloc.c do, for any function: p says which arguments mean
 * what. frame_address is that of the shim's frame. */
#define HOOK(name) \
	ARCH_PATCHED_SHIM(front_patched_shim_##name, front_patched_##name) \
	extern const char front_patched_shim_##name[] __attribute__((visibility("hidden"))); \
	result front_patched_##name(const struct wire_patched *p, uintptr_t frame_address) __attribute__((visibility("hidden"))); \
	GUEST_HOOK(FLAT result, front_patched_##name, const struct wire_patched *p, p)

#define ARGUMENTS arch_shim_arguments(frame_address)

/* Calls the original with all arguments that it may have. A function that the user has named
 * may have arguments on the stack; none of the known ones has more than six. */
ALWAYS_INLINE result call_original(const struct wire_patched *p, uintptr_t frame_address) {
	typedef result function(uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t);
	const uintptr_t *args = ARGUMENTS;
	if (unlikely(p->stack_words)) return front_patched_call(p->original, args, p->stack_words, (const uintptr_t *)arch_caller_sp(frame_address));
	return ((function *)p->original)(args[0], args[1], args[2], args[3], args[4], args[5]);
}

#define ORIGINAL call_original(p, frame_address)

ALWAYS_INLINE size_t bytes_of(const struct wire_patched *p, uintptr_t frame_address) {
	const uintptr_t *args = ARGUMENTS;
	size_t bytes = args[p->size - 1];
	/* An overflow makes the call fail. */
	if (unlikely(p->count) && __builtin_mul_overflow(bytes, args[p->count - 1], &bytes)) return SIZE_MAX;
	return bytes;
}

/* Begins a call, unless the file's own code has called the function as what it is a
 * part of, such as glibc where it empties a thread's cache of free blocks. */
ALWAYS_INLINE struct thread *begin(const struct wire_patched *p, uintptr_t frame_address) {
	uintptr_t caller = ((const uintptr_t *)frame_address)[1];
	if (unlikely(caller - p->own_start < p->own_bytes) && arch_call_target(caller) == p->entry) return NULL;
	return core_begin(frame_address);
}

#define CALL(t) CORE_CALL_BY(t, begin(p, frame_address))

/* Defines a hook, and another one for where more is wanted than what is allocated. Where what frees
 * a block is recorded with its stack, that announces that it belongs to no family of functions:
 * linkers fold functions that are the same, so that free may be operator delete. block is the one
 * that it frees or resizes, or 0. special: blocks may have to be as fresh.h says, and calls to be refused. */
#define HOOK_OF_BLOCKS(name, block) \
	ALWAYS_INLINE result hook_##name(const struct wire_patched *p, uintptr_t frame_address, bool special); \
	HOOK(name) { return hook_##name(p, frame_address, false); } \
	HOOK(name##_special) { \
		if (process.retained) copy_if_asked(); \
		if (process.frees) family_announce(WIRE_FAMILY_UNTOLD, block, arch_caller_sp(frame_address), ((const uintptr_t *)frame_address)[1]); \
		return hook_##name(p, frame_address, true); \
	} \
	ALWAYS_INLINE result hook_##name(const struct wire_patched *p, uintptr_t frame_address, bool special)

/* Makes a new block fresh, as far as that goes for a function that is patched: its allocator cannot
 * be asked for more, as it may be told the size when the block is freed. What the allocator's own
 * library makes so is its own affair. */
static void make_fresh(const struct wire_patched *p, struct thread *t, void *block, size_t bytes, uintptr_t frame_address) {
	if (p->fresh) fresh_zero(block, bytes);
	if (t && !p->apart && process.apart && !fresh_is_allocators(((const uintptr_t *)frame_address)[1])) process.slot->apart = process.apart = false;
}

/* After a call that was refused. What an allocator refuses that is built on another one, which it
 * has not asked, it refuses itself: it keeps to a limit of its own. */
static COLD void refused(const struct wire_patched *p, struct thread *t, uintptr_t frame_address) {
	core_refused(t, bytes_of(p, frame_address), p->built_on && process.layered ? WIRE_REFUSED_BY_ITSELF : WIRE_REFUSED_BY_ALLOCATOR, frame_address);
}

/* Returns what the function does where there is no memory. One that throws then, or sets errno where
 * only it finds that, is asked for what nobody has. */
static COLD result refuse(const struct wire_patched *p, struct thread *t, uintptr_t frame_address) {
	typedef result function(uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t);
	bool is_users = p->stack_words;
	if (!p->throws && (is_users || p->built_on || core_set_errno())) return p->out ? CORE_OUT_OF_MEMORY : 0;
	uintptr_t args[6];
	memcpy(args, ARGUMENTS, sizeof args);
	args[p->size - 1] = (uintptr_t)PTRDIFF_MAX - WIRE_PAGE;
	if (p->count) args[p->count - 1] = 1;
	inner_is_told(t);
	return ((function *)p->original)(args[0], args[1], args[2], args[3], args[4], args[5]);
}

HOOK_OF_BLOCKS(alloc, 0) {
	CALL(t);
	if (special && core_refuses(t, NULL, bytes_of(p, frame_address), frame_address)) return refuse(p, t, frame_address);
	result r = ORIGINAL;
	if (unlikely(!(uintptr_t)r)) return refused(p, t, frame_address), r;
	if (special && process.retained) make_fresh(p, t, (void *)(uintptr_t)r, bytes_of(p, frame_address), frame_address);
	core_allocated(t, (void *)(uintptr_t)r, bytes_of(p, frame_address), frame_address);
	return r;
}

/* For a function that stores the block's address where an argument says, unless it returns
 * an error. The argument may be NULL. */
HOOK_OF_BLOCKS(alloc_out, 0) {
	void **out = (void **)ARGUMENTS[p->out - 1];
	CALL(t);
	if (special && core_refuses(t, NULL, bytes_of(p, frame_address), frame_address)) return refuse(p, t, frame_address);
	result r = ORIGINAL;
	if (unlikely((int)r != 0 || !out)) {
		if ((int)r == CORE_OUT_OF_MEMORY) refused(p, t, frame_address);
		else core_refused(t, 0, WIRE_REFUSED_BY_ALLOCATOR, frame_address);
		return r;
	}
	if (special && process.retained) make_fresh(p, t, *out, bytes_of(p, frame_address), frame_address);
	core_allocated(t, *out, bytes_of(p, frame_address), frame_address);
	return r;
}

/* Calls the original of a function that is told the size of the block that it frees. */
static result free_with_size(const struct wire_patched *p, uintptr_t frame_address) {
	typedef result function(uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t);
	uintptr_t args[6];
	memcpy(args, ARGUMENTS, sizeof args);
	args[p->sized - 1] = fresh_size(p->entry, (void *)args[p->pointer - 1], args[p->sized - 1]);
	return ((function *)p->original)(args[0], args[1], args[2], args[3], args[4], args[5]);
}

HOOK_OF_BLOCKS(free, ARGUMENTS[p->pointer - 1]) {
	void *block = (void *)ARGUMENTS[p->pointer - 1];
	if (!block) return ORIGINAL;
	CALL(t);
	core_frees(t, block, frame_address);
	return special && process.retained && p->sized ? free_with_size(p, frame_address) : ORIGINAL;
}

/* The same where blocks are sampled. */
ARCH_PATCHED_FREE_UNLESS_SAMPLED(front_patched_shim_free_sampled, sampled, 9, front_patched_shim_free)
extern const char front_patched_shim_free_sampled[] __attribute__((visibility("hidden")));
_Static_assert(offsetof(struct wire_patched, original) == 8 && offsetof(struct sampled, mask) == 8 && SAMPLED_NEAR_BITS == 9, "as it has them");

HOOK_OF_BLOCKS(realloc, ARGUMENTS[p->pointer - 1]) {
	CALL(t);
	void *old = (void *)ARGUMENTS[p->pointer - 1];
	size_t bytes = bytes_of(p, frame_address);
	bool old_is_gone = !bytes || p->action == WIRE_ACTION_REALLOC_OR_FREE;
	if (special && p->action == WIRE_ACTION_REALLOC && core_refuses(t, old, bytes, frame_address)) return refuse(p, t, frame_address);
	bool told = core_resizes(t, old, frame_address);
	result r = ORIGINAL;
	if (special && process.retained) make_fresh(p, t, old ? NULL : (void *)(uintptr_t)r, bytes, frame_address);
	core_resized(t, told, old, (void *)(uintptr_t)r, (uintptr_t)r ? bytes : 0, old_is_gone, frame_address);
	if (unlikely(!(uintptr_t)r)) refused(p, t, frame_address);
	return r;
}

/* For a function that resizes in place and returns the block's size, which is the old one if
 * it could not: that is no lack of memory. */
HOOK_OF_BLOCKS(resize, ARGUMENTS[p->pointer - 1]) {
	void *block = (void *)ARGUMENTS[p->pointer - 1];
	if (!block) return ORIGINAL;
	CORE_CALL_AT(t, frame_address);
	size_t bytes = bytes_of(p, frame_address);
	(void)special;
	bool told = core_resizes(t, block, frame_address);
	result r = ORIGINAL;
	bool done = (size_t)r >= bytes;
	core_resized(t, told, block, done ? block : NULL, done ? bytes : 0, false, frame_address);
	return r;
}

/* The child returns from the call, too. A function that has this name but makes no child
 * does no harm. */
HOOK(fork) {
	uint32_t fork = fork_announce(frame_address);
	struct interrupted *interrupted = interrupted_copy();
	result r = ORIGINAL;
	interrupted_go_on(interrupted);
	child_notice(fork);
	return r;
}

/* For the function that the loader calls for debuggers, each time that it has mapped
 * something or unmapped it (see plan_look). It changes no register, and neither does
 * this. */
HOOK(loaded) {
	plan_look();
	python_find_look();
	/* Elsewhere dlclose is wrapped. */
	if (ATTACHED && core_records()) refresh_unloaded(objects_may_have);
	(void)ORIGINAL;
	return arch_shim_results(frame_address);
}

/* It returns only if it has failed. */
HOOK(exec) {
	const uintptr_t *args = ARGUMENTS;
	bool announced = exec_announce((const char *)args[0], (char *const *)args[2], frame_address);
	result r = ORIGINAL;
	if (announced) exec_failed(frame_address);
	return r;
}

HOOK(map) { return mapping_map(p->original, ARGUMENTS, frame_address); }
HOOK(unmap) { return mapping_unmap(p->original, ARGUMENTS, frame_address); }
HOOK(remap) { return mapping_remap(p->original, ARGUMENTS, frame_address); }
HOOK(break) { return mapping_break(p->original, ARGUMENTS, frame_address); }

/* Defines a hook that is told of entries, and its shim, which shim_kind defines: of each entry, or until
 * one was told of. The shim passes all calls on, whatever their arguments and results are, and is gone from
 * the stack by then. */
#define ENTRY_HOOK(name, shim_kind) \
	shim_kind(front_patched_shim_##name, front_patched_##name) extern const char front_patched_shim_##name[] __attribute__((visibility("hidden"))); \
	void front_patched_##name(const struct wire_patched *p, uintptr_t frame_address) __attribute__((visibility("hidden"))); \
	GUEST_HOOK(void, front_patched_##name, const struct wire_patched *p, p)

ENTRY_HOOK(mark, ARCH_PATCHED_UNLESS_ENTERED) {
	(void)frame_address;
	if (__atomic_exchange_n((uint8_t *)p->entered, 1, __ATOMIC_RELAXED) || process.off) return;
	child_notice(0);
	if (!process.off) mark_ask(WIRE_MARK_FUNCTION, p->mark);
}
_Static_assert(offsetof(struct wire_patched, entered) == 48, "as the shim has it");

/* A child of vfork ends by such a function as well, and has this process's memory. Within another
 * hook the program is in the middle of what the recorder is not told of yet. */
ENTRY_HOOK(exit, ARCH_PATCHED_UNLESS_ENTERED) {
	if (process.off || !load_relaxed(process.alive) || core_is_under_way(frame_address) || sys_getpid() != process.pid) return;
	if (!__atomic_exchange_n((uint8_t *)p->entered, 1, __ATOMIC_RELAXED)) mark_exit();
}

ENTRY_HOOK(count, ARCH_PATCHED_TELLING) { counted_entered(p, ARGUMENTS, frame_address); }
ENTRY_HOOK(failure, ARCH_PATCHED_TELLING) { counted_failure(p, ARGUMENTS, frame_address); }

/* Most system calls are none of its business. It does not say when it is under way before that is known: threads may make some
 * that have no thread pointer of their own. */
ARCH_PATCHED_TELLING(front_patched_shim_filter, front_patched_filter)
extern const char front_patched_shim_filter[] __attribute__((visibility("hidden")));
void front_patched_filter(const struct wire_patched *p, uintptr_t frame_address) __attribute__((visibility("hidden")));

static long number_of(const struct wire_patched *p, uintptr_t frame_address) { return p->pointer == 1 ? NR_prctl : (long)ARGUMENTS[0]; }

COLD void front_patched_install(const struct wire_patched *p, uintptr_t frame_address) __attribute__((visibility("hidden")));
GUEST_HOOK(void, front_patched_install, const struct wire_patched *p, p) {
	filter_entered(number_of(p, frame_address), ARGUMENTS + p->pointer - 1, frame_address);
}

void front_patched_filter(const struct wire_patched *p, uintptr_t frame_address) {
	if (unlikely(filter_concerns(number_of(p, frame_address)))) front_patched_install(p, frame_address);
}

/* For libgcc's _Unwind_Find_FDE, which also says by what addresses may count: nothing here does, and where the function
 * begins. */
HOOK(frames) {
	const uintptr_t *args = ARGUMENTS;
	uintptr_t start;
	const void *description = layers_in_tracker(args[0]) ? frames_find(args[0], &start) : NULL;
	if (!description) return ORIGINAL;
	uintptr_t *bases = (uintptr_t *)args[1];
	bases[0] = bases[1] = 0;
	bases[2] = start;
	return (uintptr_t)description;
}

#define SHIM(name) (process.frees || process.retained || process.keeps_limit || process.fails ? front_patched_shim_##name##_special : front_patched_shim_##name)

static const char *shim_of(const struct wire_patched *p) {
	switch (p->action) {
	case WIRE_ACTION_ALLOC: return p->out ? SHIM(alloc_out) : SHIM(alloc);
	case WIRE_ACTION_FREE: return process.sample_mean && p->pointer == 1 ? front_patched_shim_free_sampled : SHIM(free);
	case WIRE_ACTION_REALLOC:
	case WIRE_ACTION_REALLOC_OR_FREE: return SHIM(realloc);
	case WIRE_ACTION_RESIZE: return SHIM(resize);
	case WIRE_ACTION_MAP: return front_patched_shim_map;
	case WIRE_ACTION_UNMAP: return front_patched_shim_unmap;
	case WIRE_ACTION_REMAP: return front_patched_shim_remap;
	case WIRE_ACTION_BREAK: return front_patched_shim_break;
	case WIRE_ACTION_FORK: return front_patched_shim_fork;
	case WIRE_ACTION_LOADED: return front_patched_shim_loaded;
	case WIRE_ACTION_EXEC: return front_patched_shim_exec;
	case WIRE_ACTION_MARK: return front_patched_shim_mark;
	case WIRE_ACTION_EXIT: return front_patched_shim_exit;
	case WIRE_ACTION_COUNT: return front_patched_shim_count;
	case WIRE_ACTION_FAILURE: return front_patched_shim_failure;
	case WIRE_ACTION_FILTER: return front_patched_shim_filter;
	case WIRE_ACTION_FRAMES: return front_patched_shim_frames;
	}
	return NULL;
}

void front_patched_start(void) { plan_start(shim_of); }

void front_patched_later(void) {
	plan_later(shim_of);
	python_find_look();
}

void front_patched_shims(uint64_t shims[WIRE_SHIMS]) {
	for (uint8_t action = WIRE_ACTION_ALLOC; action <= WIRE_ACTION_FRAMES; action++) {
		struct wire_patched first = {.action = action, .pointer = 1}, other = {.action = action, .pointer = 2, .out = 1};
		shims[2 * action] = (uint64_t)shim_of(&first);
		shims[2 * action + 1] = (uint64_t)shim_of(&other);
	}
}
