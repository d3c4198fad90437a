/* What the library keeps of threads in a process that runs already and is to run on without it: their states, which are
 * elsewhere in variables of each thread (thread.h), and which hooks are under way, so that the recorder knows when nobody
 * is in the library any more. In the other build all of this is nothing. */
#ifndef HEAPPROF_GUEST_H
#define HEAPPROF_GUEST_H

#include "arch.h"
#include "process.h"

struct thread;

#ifdef HEAPPROF_ATTACHED

enum {
	GUEST_BITS = 15,
	GUEST_PLACES = 1 << GUEST_BITS,
};

/* By thread pointers, open addressed. An entry stays where it is. */
extern struct wire_guest_thread guest_threads[GUEST_PLACES] __attribute__((visibility("hidden")));
extern uint32_t guest_tid_at __attribute__((visibility("hidden")));
extern uint64_t guest_placeless __attribute__((visibility("hidden")));

ALWAYS_INLINE uint32_t guest_hash(uintptr_t pointer) { return (uint32_t)((pointer >> 6) * 0x9e3779b97f4a7c15ull >> (64 - GUEST_BITS)); }

/* The word that tells the thread from another one that had its thread pointer. Where it is not known where the C library
 * keeps a thread's id, it is the same for all. */
ALWAYS_INLINE uint32_t guest_tid(uintptr_t pointer) { return *(const uint32_t *)(pointer + guest_tid_at); }

/* guest_thread of a thread whose entry is elsewhere, or not there yet. */
NOINLINE struct wire_guest_thread *guest_find(uintptr_t pointer);

/* The calling thread's entry; NULL: the table has no place for it. Nobody else changes it meanwhile, so that a hook need look it
 * up once only. */
ALWAYS_INLINE struct wire_guest_thread *guest_thread(void) {
	uintptr_t pointer = arch_thread_pointer();
	struct wire_guest_thread *g = &guest_threads[guest_hash(pointer)];
	if (likely(g->pointer == pointer && g->tid == guest_tid(pointer))) return g;
	return guest_find(pointer);
}

/* The calling thread's state. NULL: it has none; or all have to do without, since the recorder is about to take the library
 * out of the process. */
ALWAYS_INLINE struct thread *guest_state(void) {
	struct wire_guest_thread *g = guest_thread();
	return likely(g && !load_relaxed(&process.off)) ? (struct thread *)g->state : NULL;
}

/* Reports whether the calling thread may have a state, and gives it one. */
ALWAYS_INLINE bool guest_has_place(void) { return guest_thread() != NULL; }
void guest_set_state(struct thread *t);

/* Returns the state that another thread had before whose place the calling thread has taken, once; NULL: there is none. */
struct thread *guest_take_left(void);

/* Notes that the hook is under way whose shim's frame is given, and, when it ends, what was before. */
struct guest_hook {
	struct wire_guest_thread *thread;
	uint64_t outermost, innermost;
};

ALWAYS_INLINE struct guest_hook guest_enter(uintptr_t frame_address) {
	struct wire_guest_thread *g = guest_thread();
	if (unlikely(!g)) {
		add_relaxed(&guest_placeless, 1);
		return (struct guest_hook){NULL, 0, 0};
	}
	struct guest_hook before = {g, g->outermost, g->innermost};
	/* A hook whose frame was where this one's is, or below, was left for good, or it is on another stack; then it lasts
	 * longer than this one. */
	if (likely(before.outermost <= frame_address)) g->outermost = frame_address;
	g->innermost = frame_address;
	return before;
}

ALWAYS_INLINE void guest_leave(const struct guest_hook *before) {
	struct wire_guest_thread *g = before->thread;
	if (unlikely(!g)) {
		__atomic_fetch_sub(&guest_placeless, 1, __ATOMIC_RELAXED);
		return;
	}
	g->innermost = before->innermost;
	g->outermost = before->outermost;
}

/* Begins the definition of a hook, which is under way as long as it runs. */
#define GUEST_HOOK(result, hook, declaration, argument) \
	ALWAYS_INLINE result hook##_under_way(declaration, uintptr_t frame_address); \
	result hook(declaration, uintptr_t frame_address) { \
		struct guest_hook before __attribute__((cleanup(guest_leave), unused)) = guest_enter(frame_address); \
		return hook##_under_way(argument, frame_address); \
	} \
	ALWAYS_INLINE result hook##_under_way(declaration, uintptr_t frame_address)

/* What the recorder is told of all this. */
extern struct wire_guest guest __attribute__((visibility("hidden")));

ALWAYS_INLINE uint64_t guest_address(void) { return (uint64_t)&guest; }

#else

ALWAYS_INLINE bool guest_has_place(void) { return true; }
ALWAYS_INLINE struct thread *guest_take_left(void) { return NULL; }
#define GUEST_HOOK(result, hook, declaration, argument) result hook(declaration, uintptr_t frame_address)
ALWAYS_INLINE uint64_t guest_address(void) { return 0; }

#endif

#endif
