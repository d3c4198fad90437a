/* A hook that is entered while another one is under way in the same thread. */
#ifndef HEAPPROF_NESTED_H
#define HEAPPROF_NESTED_H

#include "module.h"
#include "thread.h"

enum nested {
	NESTED_INNER,   /* the hook under way has called it, through an allocator: see inner.h */
	NESTED_HANDLER, /* a signal handler calls it, which has interrupted the hook under way */
	NESTED_LEFT,    /* there is none under way any more: it was left for good */
};

/* How the hook at frame_address is reached from the one that is under way in t, if that
 * is remembered, by its own frame only; or NULL. */
ALWAYS_INLINE struct nesting *nested_path(struct thread *t, uintptr_t frame_address) {
	const uintptr_t *frame = (const uintptr_t *)frame_address;
	for (unsigned i = 0; i < NESTINGS; i++) {
		struct nesting *n = &t->nestings[i];
		if (n->frame == frame_address && n->pc == frame[1] && n->fp == frame[0] && n->under_way == t->busy && n->epoch == load_relaxed(&module_epoch)) return n;
	}
	return NULL;
}

/* Whether it is known already that the one under way has called the hook at
 * frame_address. */
ALWAYS_INLINE bool nested_known(struct thread *t, uintptr_t frame_address) {
	const struct nesting *n = nested_path(t, frame_address);
	if (!n) return false;
	const struct check *c = n->check, *end = c + n->checks;
	while (c < end && *c->at == c->is) c++;
	return c == end;
}

/* Which of the three the hook at frame_address is. t is the state of the hook under
 * way; own is one for this hook, for what the walk needs. */
COLD enum nested nested_find(struct thread *t, struct thread *own, uintptr_t frame_address);

#endif
