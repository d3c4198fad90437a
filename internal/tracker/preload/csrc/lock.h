/* A lock for work that is seldom done: a new thread, a new module, a new unwind rule. The
 * holder blocks all signals, so that no signal handler can wait for a lock that its own
 * thread holds. Where a system-call filter forbids to block signals, such a handler works
 * without the lock. The lock is never held while the loader's lock is taken: a callback
 * that the program has given to dl_iterate_phdr may allocate. */
#ifndef HEAPPROF_LOCK_H
#define HEAPPROF_LOCK_H

#include "sys.h"

struct lock {
	uint32_t held; /* 0, or a number of the thread that holds it */
};

struct locked {
	struct lock *lock; /* NULL: it could not be had */
	bool blocked;
	uint64_t signals;
};

static inline struct locked lock_take(struct lock *l) {
	struct locked held = {.lock = l};
	held.blocked = sys_block_signals(&held.signals);
	uint32_t me = (uint32_t)(arch_thread_pointer() >> 4) | 1;
	for (unsigned tries = 0;; tries++) {
		uint32_t holder = 0;
		if (__atomic_compare_exchange_n(&l->held, &holder, me, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) break;
		if (!held.blocked && holder == me) {
			held.lock = NULL;
			break;
		}
		if (tries < 100) arch_pause();
		else sys_yield();
	}
	return held;
}

/* Takes the lock if nobody holds it; otherwise the result has none, and needs no release. */
static inline struct locked lock_try(struct lock *l) {
	struct locked held = {0};
	if (load_relaxed(&l->held)) return held;
	held.blocked = sys_block_signals(&held.signals);
	uint32_t nobody = 0, me = (uint32_t)(arch_thread_pointer() >> 4) | 1;
	if (__atomic_compare_exchange_n(&l->held, &nobody, me, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) held.lock = l;
	else if (held.blocked) sys_restore_signals(held.signals);
	return held;
}

static inline void lock_release(struct locked held) {
	if (held.lock) store_release(&held.lock->held, 0);
	if (held.blocked) sys_restore_signals(held.signals);
}

/* In a forked child, where the holder may not exist. */
static inline void lock_reset(struct lock *l) { store_relaxed(&l->held, 0); }

#endif
