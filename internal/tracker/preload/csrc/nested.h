/* A hook that is entered while another one is under way in the same thread. */
#ifndef HEAPPROF_NESTED_H
#define HEAPPROF_NESTED_H

#include "module.h"
#include "thread.h"

enum nested {
	NESTED_INNER,   /* the hook under way has called it, through an allocator: see inner.h */
	NESTED_HANDLER, /* a signal handler calls it, which has interrupted the hook under way */
	NESTED_LEFT,    /* no hook is under way any more: the one that was has been left for good */
};

/* Returns how the hook at frame_address was reached from the one under way in t, when a hook
 * was last called from this very frame; NULL if that is not remembered. The words that the
 * memory depends on are not looked at. */
ALWAYS_INLINE struct nesting *nested_path(struct thread *t, uintptr_t frame_address) {
	const uintptr_t *frame = (const uintptr_t *)frame_address;
	for (unsigned i = 0; i < NESTINGS; i++) {
		struct nesting *n = &t->nestings[i];
		if (n->frame == frame_address && n->pc == frame[1] && n->fp == frame[0] && n->under_way == t->busy && n->epoch == load_relaxed(&module_epoch)) return n;
	}
	return NULL;
}

/* Reports whether it is remembered, and still holds, that the hook under way in t has called
 * the hook at frame_address. */
ALWAYS_INLINE bool nested_known(struct thread *t, uintptr_t frame_address) {
	const struct nesting *n = nested_path(t, frame_address);
	if (!n) return false;
	const struct check *c = n->check, *end = c + n->checks;
	while (c < end && *c->at == c->is) c++;
	return c == end;
}

/* Finds out by the stack what the hook at frame_address is. t is the state of the hook under
 * way; own is a state for this hook, for the walk over its stack. */
COLD enum nested nested_find(struct thread *t, struct thread *own, uintptr_t frame_address);

#endif
