#include "core.h"

#include "child.h"
#include "family.h"
#include "imports.h"
#include "layers.h"
#include "limit.h"
#include "nested.h"
#include "pool.h"
#include "refresh.h"
#include "stack.h"
#include "sys.h"

/* The hook under way in t, and those in the states nested in it, were left for good
 * by siglongjmp out of a signal handler, or by an exception. The one at frame_address is under way
 * now. */
static void forget_left(struct thread *t, uintptr_t frame_address) {
	for (struct thread *left = t; left; left = left->nested) {
		left->memo_count = 0;
		left->inner_resize = 0;
		left->freeing = 0;
		left->busy = 0;
		left->inside = left->asks = false;
		if (process.keeps_limit) limit_forget(left);
	}
	t->busy = frame_address;
	/* What was allocated within it is there, such as the exception by which it was left. */
	for (struct thread *left = t; left; left = left->nested)
		if (left->inner_count) inner_write_left(left);
}

/* The hook under way in t had its frame where the one at frame_address has its own, or below: it
 * was left. */
static bool was_left(const struct thread *t, uintptr_t frame_address) {
	return frame_address == t->busy || (frame_address > t->busy && frame_address < t->stack_end);
}

bool core_is_under_way(uintptr_t frame_address) {
	const struct thread *t = thread_current;
	return t && t->live && t->busy && !was_left(t, frame_address);
}

/* For a hook that is entered while another one is under way. */
static struct thread *enter_nested(struct thread *t, uintptr_t frame_address) {
	uintptr_t caller = ((const uintptr_t *)frame_address)[1];
	for (unsigned level = 0;; level++) {
		if (was_left(t, frame_address)) {
			forget_left(t, frame_address);
			return t;
		}
		if (t->nested && t->nested->busy && level < THREAD_DEEPEST) {
			t = t->nested;
			continue;
		}
		if (nested_known(t, frame_address) || layers_hold(caller)) return NULL;
		if (level == THREAD_DEEPEST) break;
		struct thread *own = pool_begin_nested(t, frame_address);
		if (!own) break;
		if (frame_address > t->busy) return own; /* on a stack of its own, as a signal handler's */
		switch (nested_find(t, own, frame_address)) {
		case NESTED_HANDLER: return own;
		case NESTED_INNER: core_end(own); return NULL;
		case NESTED_LEFT:
			forget_left(t, frame_address);
			return t;
		}
	}
	process_count_lost();
	return NULL;
}

static COLD struct thread *enter(uintptr_t frame_address) {
	if (!core_start() || process.off) return NULL;
	child_notice(0);
	if (process.off) return NULL;
	if (process.paused) {
		process_count_lost();
		return NULL;
	}
	struct thread *t = thread_current;
	if (t && t->live) return enter_nested(t, frame_address);
	t = pool_begin(frame_address);
	if (!t) process_count_lost();
	return t;
}

struct thread *core_begin_slowly(uintptr_t frame_address) {
	/* Layers come here at each block. A process that has started and is no new fork has
	 * a live state. */
	struct thread *t = thread_current;
	if (likely(t && t->live && !(t->nested && t->nested->busy)) && nested_known(t, frame_address)) return NULL;
	t = enter(frame_address);
	if (t && t->countdown) sample_mark(t);
	return t;
}

void core_sample_allocated(struct thread *t, void *block, size_t bytes, uintptr_t frame_address) {
	uintptr_t address = arch_address((uintptr_t)block);
	if (!block) {
		sample_failed(t, bytes);
		return core_refused(t, bytes, WIRE_REFUSED_BY_ALLOCATOR, frame_address);
	}
	sample_settle(t, bytes);
	if (unlikely(t->inner_count)) inner_settle(t, address); /* takes out what may be at this very address */
	if (sample_takes(t, bytes) && record_fits(address)) {
		if (sampled_add(address)) {
			record_block(t, address, bytes, unwind(t, frame_address));
			t->newest = address;
			t->newest_left = t->countdown->left;
		} else {
			process_count_lost();
		}
	}
}

static COLD void sample_frees(struct thread *t, void *block) {
	uintptr_t address = arch_address((uintptr_t)block);
	t->freeing = address;
	if (sampled_holds(address)) record_free_sampled(t, address);
}

/* The old block is taken out before the call, in which its address may become another
 * block's. */
static COLD bool sample_resizes(struct thread *t, void *old) {
	uintptr_t address = arch_address((uintptr_t)old);
	t->freeing = address;
	if (!sampled_holds(address) || !record_realloc(t, old)) return false;
	sampled_remove(address);
	return true;
}

static void tell_call(struct thread *t, uint32_t stack, uint32_t what, uint64_t number, uint64_t amount) {
	t->stamp = arch_stamp_after();
	ring_write3(t, wire_call(t->stamp, stack, what, number, amount));
}

void core_refused(struct thread *t, size_t bytes, uint32_t by, uintptr_t frame_address) {
	if (!t) return inner_refused(bytes, frame_address);
	if (process.keeps_limit) limit_give_back(t);
	if (!bytes || inner_was_refused(t)) return;
	tell_call(t, unwind(t, frame_address), WIRE_CALL_REFUSED, by, bytes);
}

bool core_refuses_specially(struct thread *t, void *old, size_t bytes, uintptr_t frame_address) {
	if ((!process.keeps_limit && !process.fails) || (old && !bytes)) return false;
	struct limit_live live;
	bool by_stack = process.fails_by_stack && limit_fails(unwind(t, frame_address));
	enum limit_answer answer = limit_ask(t, arch_address((uintptr_t)old), bytes, by_stack, &live);
	if (answer == LIMIT_LETS) return false;
	uint32_t stack = unwind(t, frame_address);
	if (answer == LIMIT_ORDER) {
		tell_call(t, stack, WIRE_CALL_REFUSED, WIRE_REFUSED_BY_ORDER, bytes);
		return true;
	}
	bool first = limit_is_first();
	/* The others wait for the end, but not for ever: a signal handler may have taken the first out of
	 * its hook. */
	if (process.ends_at_limit && !first) sys_futex_wait(&(uint32_t){0}, 0, 1000);
	if (first) tell_call(t, stack, WIRE_CALL_CROSSED, wire_crossed(answer == LIMIT_BLOCKS, live.blocks), live.bytes);
	tell_call(t, stack, WIRE_CALL_REFUSED, WIRE_REFUSED_BY_LIMIT, bytes);
	if (process.ends_at_limit) sys_be_killed();
	return true;
}

void core_allocated_specially(struct thread *t, void *block, size_t bytes, uintptr_t frame_address) {
	uintptr_t address = arch_address((uintptr_t)block);
	if (!block) return core_refused(t, bytes, WIRE_REFUSED_BY_ALLOCATOR, frame_address);
	if (!record_fits(address)) return;
	if (process.frees) {
		enum wire_family family = family_of_alloc(frame_address);
		record_block_of(t, address, bytes, unwind(t, frame_address), family);
	} else {
		record_block(t, address, bytes, unwind(t, frame_address));
	}
	if (process.keeps_limit) limit_made(t, address, bytes);
	if (unlikely(t->inner_count)) inner_settle(t, address);
}

void core_frees_specially(struct thread *t, void *block, uintptr_t frame_address) {
	if (t->countdown) return sample_frees(t, block);
	uintptr_t address = arch_address((uintptr_t)block);
	if (!process.frees) {
		record_free(t, block);
	} else if (record_fits(address)) {
		enum wire_family family = family_of_free(t, (uintptr_t)block, frame_address);
		record_free_through(t, address, unwind(t, frame_address), family);
	}
	if (process.keeps_limit) limit_ends(address);
}

bool core_resizes_specially(struct thread *t, void *old, uintptr_t frame_address) {
	if (t->countdown) return sample_resizes(t, old);
	uintptr_t address = arch_address((uintptr_t)old);
	if (!process.frees) {
		if (!record_realloc(t, old)) return false;
	} else {
		if (!record_fits(address)) return false;
		enum wire_family family = family_of_free(t, (uintptr_t)old, frame_address);
		record_realloc_through(t, address, unwind(t, frame_address), family);
	}
	if (process.keeps_limit) limit_resizes(t, address);
	return true;
}

/* A resize ends the block and makes another one, which is sampled or not by its own size: a block that
 * has grown to a gigabyte would otherwise stand for as many as the few bytes did that it began with. */
static COLD void sample_resized(struct thread *t, bool told, void *old, void *block, size_t bytes, bool old_is_gone, uintptr_t frame_address) {
	if (told) {
		bool lives = !block && !old_is_gone;
		t->stamp = arch_stamp_after();
		ring_write1(t, lives ? wire_realloc_failed(t->stamp) : wire_realloc_freed(t->stamp));
		if (lives) sampled_add(arch_address((uintptr_t)old));
	}
	core_allocated(t, block, bytes, frame_address);
}

void core_resized_specially(struct thread *t, bool told, void *old, void *block, size_t bytes, bool old_is_gone, uintptr_t frame_address) {
	if (process.sample_mean) return sample_resized(t, told, old, block, bytes, old_is_gone, frame_address);
	if (!told && !old) return core_allocated(t, block, bytes, frame_address);
	if (!told) return block ? (void)0 : core_refused(t, bytes, WIRE_REFUSED_BY_ALLOCATOR, frame_address);
	if (!t) return inner_resized((uintptr_t)block, bytes, old_is_gone, frame_address);
	uintptr_t address = arch_address((uintptr_t)block);
	if (t->inner_count && block) inner_settle(t, address);
	record_realloced(t, block, bytes, old_is_gone, block ? unwind(t, frame_address) : WIRE_ROOT);
	if (process.keeps_limit) limit_resized(t, address, bytes, old_is_gone, true);
	if (!block) core_refused(t, bytes, WIRE_REFUSED_BY_ALLOCATOR, frame_address);
}

bool core_set_errno(void) {
	if (!&__errno_location) return false;
	*__errno_location() = CORE_OUT_OF_MEMORY;
	return true;
}

/* Begins a call, while another one may be under way in t, with a state of its own then. */
static struct thread *begin_within(struct thread *t, uintptr_t frame_address) {
	uintptr_t under_way = 0;
	if (!t || !t->live) {
		t = pool_begin(frame_address);
	} else if (!t->busy) {
		t->busy = frame_address;
	} else {
		unsigned level = 0;
		while (level < THREAD_DEEPEST && t->nested && t->nested->busy) t = t->nested, level++;
		under_way = t->busy;
		t = level < THREAD_DEEPEST ? pool_begin_nested(t, frame_address) : NULL;
	}
	if (t) t->under_way = under_way;
	else process_count_lost();
	return t;
}

struct thread *core_begin_inside(uintptr_t frame_address) {
	if (!core_start() || process.off || process.paused) return NULL;
	child_notice(0);
	if (process.off) return NULL;
	struct thread *t = begin_within(thread_current, frame_address);
	if (t) t->inside = true;
	return t;
}

/* Reports whether the tracker itself has called the C library, of which own's hook is reached, in
 * the call under way in t; else a signal handler has interrupted it there. At the start, when no
 * module is known, the stack tells nothing, and there is no handler. */
static bool is_trackers_own(struct thread *t, struct thread *own, uintptr_t frame_address) {
	return t->asks && own != t && frame_address <= t->busy && nested_find(t, own, frame_address) != NESTED_HANDLER;
}

struct thread *core_begin_counted_slowly(uintptr_t frame_address) {
	if (!core_start() || process.off) return NULL;
	child_notice(0);
	if (process.off) return NULL;
	if (process.paused) {
		process_count_lost();
		return NULL;
	}
	struct thread *t = thread_current;
	if (t && t->live && t->busy && was_left(t, frame_address)) {
		forget_left(t, frame_address);
		t->under_way = 0;
		return t;
	}
	struct thread *own = begin_within(t, frame_address);
	if (own && t && is_trackers_own(t, own, frame_address)) {
		core_end(own);
		return NULL;
	}
	if (own) own->inside = own->under_way != 0;
	return own;
}

void core_end_inside(struct thread *t) {
	if (!t) return;
	t->inside = false;
	core_end(t);
}

void core_make_ready(void) {
	CORE_CALL_AT(t, (uintptr_t)__builtin_frame_address(0));
	if (t) refresh_modules(t);
}

void core_prepare_for_filter(uint32_t forbidden, uintptr_t frame_address) {
	CORE_CALL_AT(t, frame_address);
	if (!t) return;
	refresh_modules(t);
	pool_prepare(forbidden);
	if (forbidden & 1u << SYS_CALL_READABLE) stack_prepare(t, frame_address);
}

bool core_records(void) { return core_start() && !process.off; }

void core_pause(void) {
	process.paused = true;
	if (thread_current) thread_current->live = 0;
}
