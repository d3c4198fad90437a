/* Finds out how deep the stacks are that the limit on depth cuts, so that the profile can
 * name the limit that would keep them whole. To be inlined into unwind.c.
 *
 * To follow each stack to its end would cost what the limit is there to save. Two stacks are
 * of one kind if their innermost frame is the same and they were cut at the same place; the
 * deeper one of them takes more bytes of the stack. So a stack is followed only if it takes
 * more bytes than any of its kind before. */
#ifndef HEAPPROF_CUT_H
#define HEAPPROF_CUT_H

#include "memo.h"
#include "process.h"
#include "step.h"

enum { MOST_CUT_WALKS = 4096 /* of a thread, each of some 15 µs at most */ };

/* leaf is a stack's innermost frame, first the innermost of those that were cut. */
static NOINLINE void cut_look(struct thread *t, const struct frame *leaf, const struct frame *first) {
	uintptr_t bytes = t->stack_end - first->sp;
	uint64_t kind = (leaf->pc ^ (uint64_t)first->pc << 21) * 0x9e3779b97f4a7c15ull;
	struct cut *known = &t->cuts[kind >> 59];
	_Static_assert(CUTS == 1 << (64 - 59), "a kind has one of the places");
	if ((known->kind == kind && bytes <= known->bytes) || load_relaxed(&process.slot->deepest) > WIRE_MAX_DEPTH) return;
	*known = (struct cut){kind, bytes};
	if (t->cut_walks++ == MOST_CUT_WALKS) {
		process_count_deep(WIRE_DEEPEST_UNKNOWN);
		return;
	}
	struct frame f = *first, caller = {0};
	uint32_t depth = t->depth + 1;
	while (depth <= WIRE_MAX_DEPTH && step(t, &f, &caller) == STEP_CALLER && !memo_is_end(&caller)) {
		f = caller;
		depth++;
	}
	process_count_deep(depth);
}

#endif
