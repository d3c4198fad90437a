/* The unwinder. Most of an allocation's stack is the stack of the allocation
 * before it, so each thread remembers its last one, the memo.
 *
 * A frame is (pc, sp, fp). Those three and the rule of pc say where the return
 * address and the caller's frame pointer lie in memory, so what a frame's
 * caller is depends on the three and on two words of the stack. Hence: where a
 * walk from the new leaf arrives at a frame that the memo holds, the frames
 * further out need not be unwound again; it is enough that each frame's two
 * words still hold what they held. If they do, everything out to the root is
 * the same, and the call tree node is known. Where a word has changed, the walk
 * goes on from the frame it belongs to.
 *
 * Compilers use fp for other things, too: a frame whose rule goes by sp, like
 * all those further out until one that saves fp for its caller, does not care
 * what is in it. There fp is neither compared nor looked at, and what the memo
 * says of it may be out of date; a walk that goes on from such a frame reads fp
 * again from where it is saved.
 *
 * Comparing (pc, sp) only, or not looking at the words, would be wrong: a
 * function may be called twice from one frame, or return and be called by
 * another path to the same depth. */
#include "unwind.h"

#include "cut.h"
#include "java.h"
#include "known.h"
#include "python.h"
#include "step.h"
#include "text.h"

struct walk {
	uint32_t fresh; /* frames in t->fresh, innermost first */
	uint32_t kept;  /* frames of the memo further out, which still hold */
	uint32_t root;  /* where kept is 0: how the stack ends */
	bool lasting;   /* where the stack ends depends on no memory but the words that are checked */
};

/* From the leaf outwards. The frame that is looked at stands in fresh already. */
static struct walk walk(struct thread *t, struct frame leaf) {
	struct walk w = {.root = WIRE_ROOT, .lasting = true};
	struct frame *memo = t->memo, *f = t->fresh;
	const struct frame *end = f + t->depth; /* one spare frame lies there */
	uint32_t k = t->memo_count;
	*f = leaf;
	/* Not only in f: what has been stored is there for a load some cycles later only. */
	struct registers r = frame_registers(f);
	for (; likely(r.pc + 1 != 0); f++) {
		while (k && memo[k - 1].sp < r.sp) k--;
		if (k && memo_is_frame(&memo[k - 1], r.pc, r.sp, r.fp)) {
			uint32_t held = memo_verify(t, k - 1);
			if (likely(held == 0)) {
				uint32_t frames = (uint32_t)(f - t->fresh) + k - memo_is_end(memo);
				if (likely(t->memo_truncated ? frames == t->depth : frames <= t->depth)) {
					w.fresh = (uint32_t)(f - t->fresh);
					w.kept = k;
					return w;
				}
				/* The cut moves: every node changes, and where the stack has
				 * become shorter, its callers behind the cut come into sight. */
			}
			for (uintptr_t fp = r.fp;; f++) {
				*f = memo[--k];
				f->fp = fp;
				if (k == held || f == end) break;
				if (f->fp_slot) fp = *f->fp_slot;
			}
			r = frame_registers(f);
		}
		if (f == end) {
			w.fresh = t->depth;
			w.root = WIRE_ROOT_TRUNCATED;
			cut_look(t, &leaf, f);
			return w;
		}
		if (likely(step_commonly(t, f, &r))) {
			step_arrive(f + 1, &r);
			continue;
		}
		enum step next = step_slowly(t, f, f + 1);
		if (unlikely(next != STEP_CALLER)) {
			w.fresh = (uint32_t)(f + 1 - t->fresh);
			w.root = step_root(next);
			w.lasting &= next == STEP_OUTERMOST || next == STEP_UNSUPPORTED;
			return w;
		}
		r = frame_registers(f + 1);
		if (unlikely(r.sp <= f->sp || f->sp < t->stack_lo)) {
			/* From a stack to another one, as from a signal's: the memo is sorted no more, and that stack may go. */
			k = 0;
			w.lasting = false;
		}
	}
	w.fresh = (uint32_t)(f + 1 - t->fresh);
	return w;
}

/* Extends what the walk kept of the memo by the fresh frames. Returns the node of the leaf. */
static uint32_t remember(struct thread *t, const struct walk *w) {
	struct frame *memo = t->memo;
	uint32_t node, k = w->kept, chain = k ? memo[k - 1].chain : w->root;
	/* Most of the time is spent waiting for the nodes' lines of the cache. So all are asked for
	 * before the first is looked at. */
	for (uint32_t i = w->fresh; i-- > 0;) {
		struct frame *f = &t->fresh[i];
		f->chain = chain = memo_is_end(f) ? chain : calltree_hash(chain, f->pc);
		calltree_prefetch(chain);
	}
	if (k == 0) {
		t->memo_root = w->root;
		t->memo_truncated = w->root == WIRE_ROOT_TRUNCATED;
		t->memo_unverifiable = false;
		node = w->root;
	} else {
		node = memo[k - 1].node;
	}
	for (uint32_t i = w->fresh; i-- > 0; k++) {
		struct frame *f = &memo[k];
		*f = t->fresh[i];
		f->node = node = memo_node(t, node, f);
		memo_add_checks(t, k);
		if (unlikely(f->unverifiable)) t->memo_unverifiable = true;
	}
	t->memo_count = k;
	if (unlikely(!w->lasting)) {
		t->memo_count = 0;
		t->other_sp = 0;
	}
	return node;
}

/* Forgets the last stacks, as modules are gone that they may lead through. It is noted as done
 * only when it is: if a signal handler leaves this hook for good, the next one begins again. */
static COLD void forget(struct thread *t, uint32_t epoch) {
	t->memo_count = 0;
	known_forget(t);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	t->epoch = epoch;
}

/* For a stack that has changed since the last one. */
static NOINLINE uint32_t unwind_anew(struct thread *t, uintptr_t frame_address, struct frame leaf) {
	if (unlikely(!t->live)) return WIRE_ROOT; /* wiped: see ring_wait */
	uint32_t epoch = load_relaxed(&module_epoch);
	if (unlikely(t->epoch != epoch)) forget(t, epoch);
	bool elsewhere = leaf.sp < t->stack_lo || leaf.sp >= t->stack_end, asked = known_asked(t);
	struct known_end end;
	uintptr_t readable = likely(!elsewhere) ? t->stack_end : (leaf.sp & stack_page_mask) + SYS_PAGE;
	uint32_t node;
	if (likely(asked && (node = known_find(t, frame_address, leaf.pc, &readable, &end)))) {
		if (unlikely(elsewhere)) stack_switched(t, leaf.sp);
		if (unlikely(readable > t->stack_end)) t->stack_end = readable;
		known_found(t, true);
		return node;
	}
	if (unlikely(elsewhere)) stack_moved(t, leaf.sp);
	t->java = false;
	struct walk w = walk(t, leaf);
	if (unlikely(t->java)) {
		t->memo_count = 0;
		if (asked) known_found(t, false);
		return java_stack(t, frame_address);
	}
	node = remember(t, &w);
	if (unlikely(!w.lasting && (leaf.sp < t->stack_lo || leaf.sp >= t->stack_end))) stack_switched(t, leaf.sp);
	bool again = known_comes_again(t, node);
	if (!asked) return node;
	known_found(t, false);
	bool whole = t->memo_root == WIRE_ROOT || t->memo_root == WIRE_ROOT_TRUNCATED;
	if (again && whole && t->memo_count && !t->memo_unverifiable && node >= WIRE_FIRST_NODE && !end.unreadable) known_keep(t, frame_address, &end);
	return node;
}

ALWAYS_INLINE uint32_t unwind_stack(struct thread *t, uintptr_t frame_address) {
	/* The hook keeps a frame pointer, so the first step is free. */
	uintptr_t pc = stack_word(frame_address + 8) - 1, sp = arch_caller_sp(frame_address), fp = stack_word(frame_address);
	uint32_t k = t->memo_count;
	if (likely(!t->known_last && k && t->epoch == load_relaxed(&module_epoch))) {
		/* Very often the whole stack is that of the last time. */
		const struct frame *f = t->memo + k - 1;
		if (memo_is_frame(f, pc, sp, fp) && memo_words_hold(t, k - 1)) return f->node;
	}
	return unwind_anew(t, frame_address, (struct frame){.pc = pc, .sp = sp, .fp = fp});
}

uint32_t unwind(struct thread *t, uintptr_t frame_address) {
	uint32_t node = unwind_stack(t, frame_address);
	return likely(!load_relaxed(&process.python)) ? node : python_stack(t, node, frame_address);
}
