/* The unwinder. Most of an allocation's stack is the stack of the allocation
 * before it, so each thread remembers its last one, the memo.
 *
 * A frame is (pc, sp, fp). Those three and the rule of pc say where the return
 * address and the caller's frame pointer lie in memory, so what a frame's
 * caller is hangs on the three and on two words of the stack. Hence: where a
 * walk from the new leaf arrives at a frame that the memo holds, the frames
 * further out need not be unwound again; it is enough that each frame's two
 * words still hold what they held. If they do, everything out to the root is
 * the same, and the call tree node is known. Where a word has changed, the walk
 * goes on from the frame it belongs to.
 *
 * Compilers use fp for other things, too: a frame whose rule goes by sp, like
 * all those further out until one that saves fp for its caller, does not care
 * what is in it. There fp is neither compared nor looked at, and what the memo
 * says of it may be out of date; whoever goes on from such a frame reads fp
 * again from where it is saved.
 *
 * Comparing (pc, sp) only, or not looking at the words, would be wrong: a
 * function may be called twice from one frame, or return and be called by
 * another path to the same depth. */
#include "unwind.h"

#include "module.h"
#include "ring.h"
#include "rules.h"

enum { STACK_REACH = 256 << 10 /* bytes below the known stack that are looked at page by page */ };

enum { PAGE = 4096 /* bytes; the smallest that any kernel has */ };

static const uintptr_t page_mask = ~(uintptr_t)(PAGE - 1);

/* ---- the stack's bounds ---- */

/* Nothing but what is known to be readable is read. That needs neither the
 * thread library's idea of the stack nor /proc, and holds for coroutines. */
static COLD void stack_moved(struct thread *t, uintptr_t sp) {
	uintptr_t lo = sp & page_mask;
	if (lo < t->stack_lo && t->stack_lo - lo <= STACK_REACH) {
		uintptr_t page = lo;
		while (page < t->stack_lo && sys_readable((void *)page)) page += PAGE;
		if (page >= t->stack_lo) {
			t->stack_lo = lo;
			return;
		}
	}
	/* Another stack: nothing that was remembered holds. */
	t->stack_lo = lo;
	t->stack_end = lo + PAGE;
	t->memo_count = 0;
}

static COLD bool stack_extend(struct thread *t, uintptr_t end) {
	while (t->stack_end < end) {
		if (!sys_readable((void *)t->stack_end)) return false;
		t->stack_end += PAGE;
	}
	return true;
}

ALWAYS_INLINE bool stack_holds(struct thread *t, uintptr_t from, uintptr_t end) {
	return from >= t->stack_lo && from < end && (likely(end <= t->stack_end) || stack_extend(t, end));
}

static uintptr_t word_at(uintptr_t address) { return *(const uintptr_t *)address; }

/* ---- one step ---- */

enum step {
	STEP_CALLER = 0, /* *caller is set */
	/* The stack ends here: */
	STEP_OUTERMOST,
	STEP_NO_CFI,
	STEP_UNSUPPORTED,
	STEP_OUT_OF_STACK,
};

/* Where the register of f's return address is saved; 0: it is not known, since f
 * has made a call. */
ALWAYS_INLINE void set_lr(struct frame *f, uintptr_t at) {
#if ARCH_RA_BELOW_CFA
	(void)f, (void)at;
#else
	f->lr = (const uintptr_t *)at;
#endif
}

/* Through the kernel's signal frame, perhaps from the signal stack back to another one. */
static COLD enum step step_signal(struct thread *t, struct frame *f, struct frame *caller) {
	f->ra_slot = f->fp_slot = NULL;
	f->unverifiable = true;
	f->uses_fp = false;
	if (!stack_holds(t, f->sp, f->sp + SIGFRAME_PC + 8)) return STEP_OUT_OF_STACK;
	caller->pc = word_at(f->sp + SIGFRAME_PC);
	caller->sp = word_at(f->sp + SIGFRAME_SP);
	caller->fp = word_at(f->sp + SIGFRAME_FP);
	set_lr(caller, f->sp + SIGFRAME_LR);
	if (caller->sp > f->sp && caller->sp < t->stack_end) return STEP_CALLER;
	if (!sys_readable((void *)(caller->sp & page_mask))) return STEP_OUT_OF_STACK;
	t->stack_lo = caller->sp & page_mask;
	t->stack_end = t->stack_lo + PAGE;
	return STEP_CALLER;
}

/* The place of f's return address by the rule, or NULL where that is out of bounds. */
#if ARCH_RA_BELOW_CFA
ALWAYS_INLINE const uintptr_t *find_return_address(struct thread *t, struct frame *f, const struct rule *rule, uintptr_t cfa) {
	(void)rule;
	return likely(cfa > f->sp && cfa % 8 == 0 && stack_holds(t, cfa - 8, cfa)) ? (const uintptr_t *)(cfa - 8) : NULL;
}
#else
ALWAYS_INLINE const uintptr_t *find_return_address(struct thread *t, struct frame *f, const struct rule *rule, uintptr_t cfa) {
	if (unlikely(cfa < f->sp || cfa % 8)) return NULL;
	if (rule->ra == RA_IN_LR) {
		f->unverifiable = true;
		return f->lr;
	}
	uintptr_t at = cfa + (uintptr_t)((intptr_t)rule->ra_words * 8);
	return likely(cfa > f->sp && stack_holds(t, at, at + 8)) ? (const uintptr_t *)at : NULL;
}
#endif

/* The function that the call in front of a return address goes to, or 0 where that cannot be told. */
static uintptr_t callee(uintptr_t return_address) {
	if (!module_at(return_address - 1) || !sys_readable((void *)(return_address - 8))) return 0;
	uintptr_t target = arch_call_target(return_address);
	return target && sys_readable((void *)target) && !arch_jumps_on(target) ? target : 0;
}

/* Whether fp is kept by the frame f, which has no information. Code that keeps
 * none leaves an outer function's there, whose return address lies behind it:
 * to follow that would pass over f's caller, without a word. The calls tell:
 * the one that the return address is of must not have gone to a function that has
 * information; and no other one whose return address lies in between may have
 * gone nearer to f's pc, as the one to f's own function would. */
static COLD bool keeps_fp(struct thread *t, const struct frame *f) {
	enum { MOST = 64 << 10 /* bytes of a frame, and of a function that no call names */ };
	uintptr_t start = callee(arch_unsigned(word_at(f->fp + 8)));
	if (start && rule_at(t, start).cfa != CFA_CHAIN) return false;
	if (f->fp - f->sp > MOST || !stack_holds(t, f->sp, f->fp + 8)) return false;
	uintptr_t nearest = start && start <= f->pc ? start : f->pc - MOST; /* that one jumped on to f's, or was not by name */
	for (uintptr_t at = (f->sp + 7) & ~(uintptr_t)7; at < f->fp; at += 8) {
		if (at % PAGE == 0 && !sys_readable((void *)at)) return false;
		uintptr_t other = callee(arch_unsigned(word_at(at)));
		if (other > nearest && other <= f->pc && rule_at(t, other).cfa == CFA_CHAIN) return false;
	}
	return true;
}

/* A frame without information: code made at run time, hand-written code. If it
 * keeps a frame pointer, its frame record lies there: the caller's frame pointer
 * and the return address. Sets the caller's sp, or on processors where the record
 * does not tell it, an odd number below it, which no rule accepts. */
static COLD enum step step_chain(struct thread *t, struct frame *f, struct frame *caller) {
	f->unverifiable = true;
#if !ARCH_RA_BELOW_CFA
	if (f->lr) return STEP_NO_CFI; /* it was interrupted, and may have no record yet */
#endif
	if (f->fp == 0) return STEP_OUTERMOST;
	uintptr_t end = f->fp + 16;
	if (f->fp % 8 || f->fp < f->sp || !stack_holds(t, f->fp, end)) return STEP_NO_CFI;
	/* What was known of the stack may be out of date, if another one was
	 * mapped at its place, and fp may point anywhere. */
	if (!sys_readable((void *)f->fp) || !sys_readable((void *)(f->fp + 8))) return STEP_NO_CFI;
	f->fp_slot = (const uintptr_t *)f->fp;
	f->ra_slot = f->fp_slot + 1;
	caller->pc = arch_unsigned(*f->ra_slot) - 1;
	if (!module_at(caller->pc) || !keeps_fp(t, f)) return STEP_NO_CFI;
	caller->sp = end - !ARCH_RA_BELOW_CFA;
	caller->fp = *f->fp_slot;
	set_lr(caller, 0);
	return STEP_CALLER;
}

ALWAYS_INLINE enum step step(struct thread *t, struct frame *f, struct frame *caller) {
	struct rule rule = rule_at(t, f->pc);
	uintptr_t cfa;
	f->unverifiable = false;
	f->uses_fp = rule.cfa == CFA_FP || rule.cfa == CFA_AT_FP || rule.cfa == CFA_CHAIN || rule.fp == FP_AT_FP;
	switch (rule.cfa) {
	case CFA_SP: cfa = f->sp + (uintptr_t)(intptr_t)rule.cfa_offset; break;
	case CFA_FP: cfa = f->fp + (uintptr_t)(intptr_t)rule.cfa_offset; break;
	case CFA_AT_FP:
	case CFA_AT_SP: {
		uintptr_t at = (rule.cfa == CFA_AT_FP ? f->fp : f->sp) + (uintptr_t)(intptr_t)rule.cfa_offset;
		if (at % 8 || !stack_holds(t, at, at + 8)) return STEP_OUT_OF_STACK;
		cfa = word_at(at);
		f->unverifiable = true;
		break;
	}
	case CFA_SIGNAL: return step_signal(t, f, caller);
	case CFA_END: return STEP_OUTERMOST;
	case CFA_CHAIN: return step_chain(t, f, caller);
	default: return STEP_UNSUPPORTED;
	}
	f->ra_slot = find_return_address(t, f, &rule, cfa);
	if (unlikely(!f->ra_slot)) return f->sp % 2 ? STEP_NO_CFI : STEP_OUT_OF_STACK;
	caller->sp = cfa;
	caller->pc = arch_unsigned(*f->ra_slot) - 1;
	set_lr(caller, 0);
	if (rule.fp == FP_SAME) {
		caller->fp = f->fp;
		f->fp_slot = NULL;
	} else {
		uintptr_t at = (rule.fp == FP_AT_CFA ? cfa : f->fp) + (uintptr_t)((intptr_t)rule.fp_words * 8);
		if (unlikely(at % 8 || !stack_holds(t, at, at + 8))) return STEP_OUT_OF_STACK;
		caller->fp = word_at(at);
		f->fp_slot = (const uintptr_t *)at;
	}
	return STEP_CALLER;
}

/* ---- the call tree ---- */

ALWAYS_INLINE uint32_t slot_of(uint32_t id) { return id & ((1u << NODE_SLOT_BITS) - 1); }

static NOINLINE uint32_t node_new(struct thread *t, uint32_t parent, uintptr_t pc, struct node *set) {
	unsigned way = 0;
	while (way < NODE_WAYS && set[way].pc) way++;
	if (way == NODE_WAYS) way = t->victim++ % NODE_WAYS;
	struct node *n = &set[way];
	uint32_t slot = WIRE_FIRST_NODE + (uint32_t)(n - t->nodes), version = (n->id >> NODE_SLOT_BITS) + 1;
	if (version >> (32 - NODE_SLOT_BITS)) {
		/* Versions begin anew, so no entry and no memo may speak of the old ones. */
		memset(t->nodes, 0, t->node_count * sizeof *n);
		t->nodes_forgotten = true;
		version = 1;
	}
	/* Emptied first: if a signal handler leaves this hook for good, an entry
	 * must not be there that the recorder has not heard of, or has as another. */
	n->pc = 0;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	const struct module *m = module_at(pc);
	if (!m) {
		module_refresh(t); /* loaded where another one was, so that its rule was known */
		m = module_at(pc);
	}
	uint64_t number = m ? module_number(m) : WIRE_NO_MODULE, parent_slot = slot_of(parent);
	ring_write2(t, WIRE_NODE | (uint64_t)slot << 16 | parent_slot << 32 | number << 48, pc);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	n->id = slot | version << NODE_SLOT_BITS;
	n->parent = parent;
	n->pc = pc;
	return n->id;
}

ALWAYS_INLINE uint32_t node_child(struct thread *t, uint32_t parent, uintptr_t pc) {
	uint64_t hash = (pc ^ (uint64_t)parent << 32 ^ parent) * 0x9e3779b97f4a7c15ull;
	struct node *set = &t->nodes[((hash >> 40) * NODE_WAYS) & (t->node_count - 1)];
	for (unsigned i = 0; i < NODE_WAYS; i++)
		if (set[i].pc == pc && set[i].parent == parent) return set[i].id;
	return node_new(t, parent, pc, set);
}

/* Whether id still is what its slot means. */
ALWAYS_INLINE bool node_holds(const struct thread *t, uint32_t id) {
	uint32_t slot = slot_of(id);
	return slot < WIRE_FIRST_NODE || t->nodes[slot - WIRE_FIRST_NODE].id == id;
}

/* The place behind the last frame, where a return address of 0 ends the stack.
 * It stands in the memo so that it is checked like any frame. */
ALWAYS_INLINE bool is_end(const struct frame *f) { return f->pc + 1 == 0; }

static uint32_t node_of(struct thread *t, uint32_t parent, const struct frame *f) {
	return unlikely(is_end(f)) ? parent : node_child(t, parent, f->pc);
}

/* ---- the walk ---- */

/* Whether the remembered frame is the one with these registers: then all that is further out follows from it. */
ALWAYS_INLINE bool is_frame(const struct frame *memo, uintptr_t pc, uintptr_t sp, uintptr_t fp) {
#if !ARCH_RA_BELOW_CFA
	if (memo->lr) return false; /* its caller hangs on a fourth register */
#endif
	return memo->pc == pc && memo->sp == sp && (memo->fp == fp || !memo->fp_matters);
}

/* Whether the words on which memo[k] and all further out hang are what they were.
 * From the innermost outwards, and none behind the first that has changed: what
 * is there need not be of this stack, nor be mapped any more (fibers.c). */
ALWAYS_INLINE bool words_hold(const struct thread *t, uint32_t k) {
	if (unlikely(t->memo_unverifiable)) return false;
	const struct check *c = t->checks + t->memo[k].checks;
	while (c > t->checks && *c[-1].at == c[-1].is) c--;
	return c == t->checks;
}

/* Whether f's caller is still the one that the memo holds behind it. */
ALWAYS_INLINE bool caller_holds(const struct frame *f) {
	return !f->unverifiable && arch_unsigned(*f->ra_slot) == f[-1].pc + 1 && (!f->fp_slot || !f[-1].fp_matters || *f->fp_slot == f[-1].fp);
}

/* The index of the innermost frame, from memo[from] outwards, whose caller has
 * changed; 0 where none has. */
static uint32_t verify(const struct thread *t, uint32_t from) {
	if (likely(words_hold(t, from))) return 0;
	const struct frame *f = t->memo + from;
	for (; f > t->memo; f--)
		if (!caller_holds(f)) break;
	return (uint32_t)(f - t->memo);
}

struct walk {
	uint32_t fresh; /* frames in t->fresh, innermost first */
	uint32_t kept;  /* frames of the memo further out, which still hold */
	uint32_t root;  /* where kept is 0: how the stack ends */
	bool lasting;   /* the end hangs on no memory but the words that are checked */
};

static const uint32_t root_of_step[] = {
	[STEP_OUTERMOST] = WIRE_ROOT,
	[STEP_NO_CFI] = WIRE_ROOT_NO_CFI,
	[STEP_UNSUPPORTED] = WIRE_ROOT_UNSUPPORTED,
	[STEP_OUT_OF_STACK] = WIRE_ROOT_OUT_OF_STACK,
};

/* From the leaf outwards. The frame that is looked at stands in fresh already. */
static struct walk walk(struct thread *t, struct frame leaf) {
	struct walk w = {.root = WIRE_ROOT, .lasting = true};
	struct frame *memo = t->memo, *f = t->fresh;
	const struct frame *end = f + t->depth; /* one spare frame lies there */
	uint32_t k = t->memo_count;
	*f = leaf;
	for (; !is_end(f); f++) {
		while (k && memo[k - 1].sp < f->sp) k--;
		if (k && is_frame(&memo[k - 1], f->pc, f->sp, f->fp)) {
			uint32_t held = verify(t, k - 1);
			if (likely(held == 0)) {
				uint32_t frames = (uint32_t)(f - t->fresh) + k - is_end(memo);
				if (likely(t->memo_truncated ? frames == t->depth : frames <= t->depth)) {
					w.fresh = (uint32_t)(f - t->fresh);
					w.kept = k;
					return w;
				}
				/* The cut moves: every node changes, and where the stack has
				 * become shorter, its callers behind the cut come into sight. */
			}
			for (uintptr_t fp = f->fp;; f++) {
				*f = memo[--k];
				f->fp = fp;
				if (k == held || f == end) break;
				if (f->fp_slot) fp = *f->fp_slot;
			}
		}
		if (f == end) {
			w.fresh = t->depth;
			w.root = WIRE_ROOT_TRUNCATED;
			return w;
		}
		enum step next = step(t, f, f + 1);
		if (unlikely(next != STEP_CALLER)) {
			w.fresh = (uint32_t)(f + 1 - t->fresh);
			w.root = root_of_step[next];
			w.lasting &= next == STEP_OUTERMOST || next == STEP_UNSUPPORTED;
			return w;
		}
		if (unlikely(f[1].sp <= f->sp)) {
			/* From a signal stack back to another one: the memo is sorted no more. */
			k = 0;
			w.lasting = false;
		}
	}
	w.fresh = (uint32_t)(f + 1 - t->fresh);
	return w;
}

/* Notes on which words memo[k] hangs, besides those of the frames further out. */
ALWAYS_INLINE void add_checks(struct thread *t, uint32_t k) {
	struct frame *f = &t->memo[k];
	if (k == 0) {
		/* Where the stack was cut nothing is known of the caller. */
		f->checks = 0;
		f->fp_matters = f->uses_fp || (t->memo_truncated && !f->fp_slot);
		return;
	}
	uint32_t n = f[-1].checks;
	if (likely(!f->unverifiable)) t->checks[n++] = (struct check){f->ra_slot, ARCH_RA_BELOW_CFA ? f[-1].pc + 1 : *f->ra_slot};
	if (f->fp_slot && f[-1].fp_matters) t->checks[n++] = (struct check){f->fp_slot, f[-1].fp};
	f->checks = (uint16_t)n;
	f->fp_matters = f->uses_fp || (!f->fp_slot && f[-1].fp_matters);
}

/* Extends what the walk kept of the memo by the fresh frames. Returns the node of the leaf. */
static uint32_t remember(struct thread *t, const struct walk *w) {
	struct frame *memo = t->memo;
	uint32_t node, k = w->kept;
	if (k == 0) {
		t->memo_root = w->root;
		t->memo_truncated = w->root == WIRE_ROOT_TRUNCATED;
		t->memo_unverifiable = false;
		node = w->root;
	} else {
		node = memo[k - 1].node;
		if (unlikely(!node_holds(t, node))) {
			node = t->memo_root;
			for (uint32_t i = 0; i < k; i++) memo[i].node = node = node_of(t, node, &memo[i]);
		}
	}
	for (uint32_t i = w->fresh; i-- > 0; k++) {
		struct frame *f = &memo[k];
		*f = t->fresh[i];
		f->node = node = node_of(t, node, f);
		add_checks(t, k);
		if (unlikely(f->unverifiable)) t->memo_unverifiable = true;
	}
	t->memo_count = w->lasting ? k : 0;
	return node;
}

/* For a stack that has changed since the last one. */
static NOINLINE uint32_t unwind_anew(struct thread *t, struct frame leaf) {
	if (unlikely(t->epoch != load_relaxed(&module_epoch))) {
		t->epoch = load_relaxed(&module_epoch);
		memset(t->nodes, 0, t->node_count * sizeof *t->nodes);
		t->memo_count = 0;
	}
	if (unlikely(leaf.sp < t->stack_lo || leaf.sp >= t->stack_end)) stack_moved(t, leaf.sp);
	struct walk w = walk(t, leaf);
	uint32_t node = remember(t, &w);
	if (unlikely(t->nodes_forgotten)) {
		t->nodes_forgotten = false;
		t->memo_count = 0;
	}
	return slot_of(node);
}

uint32_t unwind(struct thread *t, uintptr_t frame_address) {
	/* The hook keeps a frame pointer, so the first step is free. */
	uintptr_t pc = word_at(frame_address + 8) - 1, sp = arch_caller_sp(frame_address), fp = word_at(frame_address);
	uint32_t k = t->memo_count;
	if (likely(k && t->epoch == load_relaxed(&module_epoch))) {
		/* Very often the whole stack is that of the last time. */
		const struct frame *f = t->memo + k - 1;
		if (is_frame(f, pc, sp, fp) && words_hold(t, k - 1) && node_holds(t, f->node)) return slot_of(f->node);
	}
	return unwind_anew(t, (struct frame){.pc = pc, .sp = sp, .fp = fp});
}
