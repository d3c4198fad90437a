/* The states of threads. They are pooled, so that ten thousand short threads do not pay for
 * one each. */
#ifndef HEAPPROF_POOL_H
#define HEAPPROF_POOL_H

#include "thread.h"

/* A state for the calling thread, which has none, whose hook is at frame_address; or
 * NULL. */
struct thread *pool_begin(uintptr_t frame_address);

/* A state for a hook that is entered while those of t, and of the states nested in
 * it, are under way: each may be at any point of its work. */
struct thread *pool_begin_nested(struct thread *t, uintptr_t frame_address);

/* Reports whether no filter forbids what a state for another thread needs. */
bool pool_may_begin(void);

/* Makes states ready where those calls (bits of enum sys_call) are soon forbidden that a
 * new one needs. */
COLD void pool_prepare(uint32_t forbidden);

/* Has the C library tell of the ends of threads from now on, if it can. */
void pool_hear_of_ends(void);

/* The thread that has this state (a struct thread) has ended. */
void pool_thread_ended(void *state);

/* In a forked child: forgets all states, whose threads and rings are its parent's. */
void pool_forget_all(void);

#endif
