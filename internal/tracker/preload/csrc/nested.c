/* Reports whether the block of a nested hook is counted depends on how the hook came to be called.
 * Only the stack tells: a walk from the nested hook outwards comes to the tracker's own code,
 * in which the hook under way was waiting, or to the frame that the kernel made for a
 * signal handler, or past the place where that hook's frame was.
 *
 * Layers such as Rust's __rust_alloc over an allocator's own function nest at each block.
 * So the words that such a walk depended on are kept: as long as they hold what they held,
 * the walk would end the same (unwind.c explains why). */
#include "nested.h"

#include "layers.h"
#include "step.h"

static bool keep(struct nesting *n, const struct frame *f) {
	if (f->unverifiable || n->checks + 2 > NESTING_CHECKS) return false;
	n->check[n->checks++] = (struct check){f->ra_slot, *f->ra_slot};
	if (f->fp_slot) n->check[n->checks++] = (struct check){f->fp_slot, *f->fp_slot};
	return true;
}

/* Where a frame on the way has no unwind information, the words on the stack up to the hook
 * under way must tell: a signal handler's frame has the address to which the handler
 * returns, and below a hook that is waiting there is a return address in the tracker. */
static enum nested judge_by_words(struct thread *t, struct thread *own, uintptr_t from) {
	enum { MOST = 64 << 10 /* bytes */ };
	from = (from + 7) & ~(uintptr_t)7;
	if (t->busy - from > MOST || !stack_holds(own, from, t->busy)) return NESTED_HANDLER; /* perhaps on another stack */
	bool waits = false;
	for (uintptr_t at = from; at < t->busy; at += 8) {
		uintptr_t word = arch_unsigned(stack_word(at));
		if (!module_at(word)) continue;
		if (rules_at(own, word - 1).cfa == CFA_SIGNAL) return NESTED_HANDLER;
		waits = waits || layers_in_tracker(word);
	}
	return waits ? NESTED_INNER : NESTED_LEFT;
}

enum nested nested_find(struct thread *t, struct thread *own, uintptr_t frame_address) {
	enum { MOST_FRAMES = 256 };
	const uintptr_t *words = (const uintptr_t *)frame_address;
	struct frame f = {.pc = words[1] - 1, .sp = arch_caller_sp(frame_address), .fp = words[0]}, caller;
	struct nesting *n = &t->nestings[t->next_nesting++ % NESTINGS];
	n->frame = 0; /* none, until it is whole */
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	n->checks = 0;
	n->is_layer = false;
	bool kept = true;
	if (f.sp < own->stack_lo || f.sp >= own->stack_end) stack_moved(own, f.sp);
	for (unsigned i = 0; i < MOST_FRAMES; i++) {
		frame_set_lr(&caller, 0);
		if (rules_at(own, f.pc).cfa == CFA_SIGNAL) return NESTED_HANDLER;
		if (step(own, &f, &caller) != STEP_CALLER) return judge_by_words(t, own, f.sp);
		if (caller.sp > t->busy) break;
		kept = kept && keep(n, &f);
		f = caller;
	}
	if (!layers_in_tracker(f.pc)) return NESTED_LEFT;
	if (kept) {
		n->pc = words[1];
		n->fp = words[0];
		n->under_way = t->busy;
		n->epoch = load_relaxed(&module_epoch);
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
		n->frame = frame_address;
	}
	return NESTED_INNER;
}
