/* What a nested hook is decides whether its block is counted. Only the stack
 * tells: from the nested hook outwards, one comes to our own code, which the
 * hook under way was waiting in, or to the frame that the kernel made for a
 * signal handler, or past the place where that hook's frame was.
 *
 * Layers such as Rust's __rust_alloc over an allocator's own function nest at
 * each block. So the words that such a walk hung on are kept: as long as they
 * hold what they held, it would end the same (unwind.c says why). */
#include "nested.h"

#include "layers.h"
#include "step.h"

static bool keep(struct nesting *n, const struct frame *f) {
	if (f->unverifiable || n->checks + 2 > NESTING_CHECKS) return false;
	n->check[n->checks++] = (struct check){f->ra_slot, *f->ra_slot};
	if (f->fp_slot) n->check[n->checks++] = (struct check){f->fp_slot, *f->fp_slot};
	return true;
}

enum nested nested_find(struct thread *t, struct thread *own, uintptr_t frame_address) {
	enum { MOST_FRAMES = 256 };
	const uintptr_t *words = (const uintptr_t *)frame_address;
	struct frame f = {.pc = words[1] - 1, .sp = arch_caller_sp(frame_address), .fp = words[0]}, caller;
	struct nesting *n = &t->nestings[t->next_nesting++ % NESTINGS];
	n->frame = 0; /* none, until it is whole */
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	n->checks = 0;
	bool kept = true;
	if (f.sp < own->stack_lo || f.sp >= own->stack_end) stack_moved(own, f.sp);
	for (unsigned i = 0; i < MOST_FRAMES; i++) {
		set_lr(&caller, 0);
		if (rule_at(own, f.pc).cfa == CFA_SIGNAL) return NESTED_HANDLER;
		/* Without a way on it may be either. */
		if (step(own, &f, &caller) != STEP_CALLER) return layers_hold(words[1]) ? NESTED_LAYER : NESTED_HANDLER;
		if (caller.sp > t->busy) break;
		kept = kept && keep(n, &f);
		f = caller;
	}
	if (!layers_ours(f.pc)) return NESTED_LEFT;
	if (kept) {
		n->pc = words[1];
		n->fp = words[0];
		n->under_way = t->busy;
		n->epoch = load_relaxed(&module_epoch);
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
		n->frame = frame_address;
	}
	return NESTED_LAYER;
}
