/* A hook that is entered while another one is under way in the same thread. */
#ifndef HEAPPROF_NESTED_H
#define HEAPPROF_NESTED_H

#include "module.h"
#include "thread.h"

enum nested {
	NESTED_LAYER,   /* the hook under way has called it, through an allocator: it counts once, there */
	NESTED_HANDLER, /* a signal handler calls it, which has interrupted the hook under way */
	NESTED_LEFT,    /* there is none under way any more: it was left for good */
};

/* Whether it is known already that the hook at frame_address is a layer of the one
 * that is under way in t. */
ALWAYS_INLINE bool nested_known(const struct thread *t, uintptr_t frame_address) {
	const uintptr_t *frame = (const uintptr_t *)frame_address;
	for (unsigned i = 0; i < NESTINGS; i++) {
		const struct nesting *n = &t->nestings[i];
		if (n->frame != frame_address || n->pc != frame[1] || n->fp != frame[0] || n->under_way != t->busy || n->epoch != load_relaxed(&module_epoch)) continue;
		const struct check *c = n->check, *end = c + n->checks;
		while (c < end && *c->at == c->is) c++;
		return c == end;
	}
	return false;
}

/* Which of the three the hook at frame_address is. t is the state of the hook under
 * way; own is one for this hook, for what the walk needs. */
COLD enum nested nested_find(struct thread *t, struct thread *own, uintptr_t frame_address);

#endif
