/* A hook that is entered while another one is under way in the same thread. */
#ifndef HEAPPROF_NESTED_H
#define HEAPPROF_NESTED_H

#include "thread.h"

enum nested {
	NESTED_LAYER,   /* the hook under way has called it, through an allocator: it counts once, there */
	NESTED_HANDLER, /* a signal handler calls it, which has interrupted the hook under way */
	NESTED_LEFT,    /* there is none under way any more: it was left for good */
};

/* Whether it is known already that the hook at frame_address is a layer of the one
 * that is under way in t. */
bool nested_known(const struct thread *t, uintptr_t frame_address);

/* Which of the three the hook at frame_address is. t is the state of the hook under
 * way; own is one for this hook, for what the walk needs. */
COLD enum nested nested_find(struct thread *t, struct thread *own, uintptr_t frame_address);

#endif
