/* The start of the library: which rooms there are, and in which order they begin. This file
 * knows them all, and none knows it, but for core_start, which the core declares. */
#include "above.h"
#include "core.h"
#include "fork.h"
#include "fresh.h"
#include "front_filter.h"
#include "front_injected.h"
#include "front_operators.h"
#include "front_patched.h"
#include "join.h"
#include "layers.h"
#include "mark.h"
#include "plan.h"
#include "pool.h"
#include "python_find.h"
#include "real.h"
#include "refresh.h"
#include "sys.h"

/* 0: not begun; a thread's id: that thread is at it; DONE. */
static uint32_t start_state;
enum { START_DONE = ~0u };

/* Returns whether the process is recorded. */
static bool begin(void) {
	if (!join_recorder()) return false;
	process.leaf = process.sample_mean && layers_are_none();
	if (!front_injected_is_active()) python_find_at_start();
	bool patch = process.control->flags & WIRE_PATCH, wraps = !front_injected_is_active();
	if (process.retained) above_move_break(wraps);
	if (process.retained && wraps) fresh_find();
	if (patch) front_patched_start();
	process.unpatched = plan_original((void *)real.malloc) == (void *)real.malloc;
	if (patch) {
		/* A wrapped function is the outermost layer: it need not go through a patched one. */
		real_replace(plan_original);
		front_operators_call_originals();
	}
	if (process.retained && wraps) {
		fresh_begin();
		front_operators_make_fresh();
	}
	if (process.frees && wraps) front_operators_announce();
	mark_on_signal();
	pool_hear_of_ends();
	fork_hear();
	return true;
}

bool core_start(void) {
	if (likely(load_acquire(&start_state) == START_DONE)) return true;
	uint32_t me = (uint32_t)sys_gettid(), expected = 0;
	if (!__atomic_compare_exchange_n(&start_state, &expected, me, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		if (expected == me) return false;
		while (load_acquire(&start_state) != START_DONE) sys_yield();
		return true;
	}
	if (!front_injected_is_active()) {
		real_find();
		layers_find();
		front_operators_find();
		front_filter_find();
	}
	process.off = !begin();
	store_release(&start_state, START_DONE);
	return true;
}

__attribute__((constructor)) static void start_before_main(void) { core_make_ready(); }

/* At the end, a library that bypasses the tracker may still have gone unnoticed. */
__attribute__((destructor)) static void end_after_main(void) {
	if (!process.unpatched) return;
	CORE_CALL_AT(t, (uintptr_t)__builtin_frame_address(0));
	if (t) refresh_references(t);
}
