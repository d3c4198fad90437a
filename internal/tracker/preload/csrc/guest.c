#include "guest.h"

#ifdef HEAPPROF_ATTACHED

#include "sys.h"

struct wire_guest guest;
struct wire_guest_thread guest_threads[GUEST_PLACES] __attribute__((aligned(64)));
uint32_t guest_tid_at;
uint64_t guest_placeless;

/* The states of threads whose places others have. */
static struct thread *left[GUEST_PLACES];

/* In place of a tid: somebody is about to give the place to another thread. */
static const uint64_t CHANGING = ~0ull;

/* Takes a place from the thread that has it, which has ended, for another one. Returns false if somebody else was first. */
static bool take(struct wire_guest_thread *g, uint64_t from, uintptr_t pointer, uint64_t tid) {
	/* A signal handler must not find the other thread's state. */
	uint64_t signals;
	bool blocked = sys_block_signals(&signals);
	bool taken = __atomic_compare_exchange_n(&g->tid, &from, CHANGING, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
	if (taken) {
		struct thread *state = (struct thread *)g->state;
		if (state) left[g - guest_threads] = state;
		g->state = 0;
		g->outermost = g->innermost = 0;
		store_relaxed(&g->pointer, pointer);
		store_release(&g->tid, tid);
	}
	if (blocked) sys_restore_signals(signals);
	return taken;
}

/* The other thread with this thread pointer has ended, if there was one: two cannot have it at once. */
static bool is_own(struct wire_guest_thread *g, uintptr_t pointer, uint64_t tid) {
	uint64_t now = load_acquire(&g->tid);
	if (now == tid) return true;
	return now != CHANGING && take(g, now, pointer, tid);
}

/* Reports whether the thread that has a place is known to have ended, and no other one has its thread pointer and its
 * state unnoticed. In a forked child that has not begun its own recording nobody is known. */
static bool is_left(const struct wire_guest_thread *g, uint64_t tid) {
	return guest_tid_at && tid && tid != CHANGING && g->pointer && load_relaxed(process.alive) && !sys_thread_exists(process.pid, (int)tid);
}

struct wire_guest_thread *guest_find(uintptr_t pointer) {
	enum { MOST = 256 /* places that a thread's entry may be away from where it belongs */ };
	uint64_t tid = guest_tid(pointer);
	uint32_t first = guest_hash(pointer);
	for (uint32_t i = 0; i < MOST; i++) {
		struct wire_guest_thread *g = &guest_threads[(first + i) % GUEST_PLACES];
		uint64_t is = load_acquire(&g->pointer);
		if (!is && __atomic_compare_exchange_n(&g->pointer, &is, pointer, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) is = pointer;
		if (is == pointer && is_own(g, pointer, tid)) return g;
	}
	for (uint32_t i = 0; i < MOST; i++) {
		struct wire_guest_thread *g = &guest_threads[(first + i) % GUEST_PLACES];
		uint64_t was = load_acquire(&g->tid);
		if (is_left(g, was) && take(g, was, pointer, tid)) return g;
	}
	return NULL;
}

void guest_set_state(struct thread *t) {
	struct wire_guest_thread *g = guest_thread();
	if (g) g->state = (uint64_t)t;
}

struct thread *guest_take_left(void) {
	struct wire_guest_thread *g = guest_thread();
	return g ? __atomic_exchange_n(&left[g - guest_threads], NULL, __ATOMIC_RELAXED) : NULL;
}

#endif
