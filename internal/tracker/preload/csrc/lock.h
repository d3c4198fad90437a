/* A lock for what is rare: a new thread, a new module, a new unwind rule. The
 * holder has all signals blocked, so no signal handler can wait for a lock that
 * its own thread holds. Never held while the loader's lock is taken, since a
 * callback of the program's own dl_iterate_phdr may allocate. */
#ifndef HEAPPROF_LOCK_H
#define HEAPPROF_LOCK_H

#include "sys.h"

struct lock {
	uint32_t held;
};

struct locked {
	struct lock *lock;
	uint64_t signals;
};

static inline struct locked lock(struct lock *l) {
	struct locked held = {l, sys_block_signals()};
	for (unsigned tries = 0; __atomic_exchange_n(&l->held, 1, __ATOMIC_ACQUIRE); tries++) {
		if (tries < 100) arch_pause();
		else sys_yield();
	}
	return held;
}

static inline void unlock(struct locked held) {
	store_release(&held.lock->held, 0);
	sys_restore_signals(held.signals);
}

/* In a forked child, where the holder may not exist. */
static inline void lock_reset(struct lock *l) { store_relaxed(&l->held, 0); }

#endif
