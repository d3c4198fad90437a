#include "python.h"

#include "calltree.h"
#include "codes.h"
#include "java.h"
#include "process.h"
#include "python_frames.h"
#include "sys.h"
#include "walked.h"

struct python python;

/* ---- putting together ---- */

static bool runs_python(uintptr_t pc) { return pc - python.run < python.run_end - python.run; }

/* What is being put together. */
struct joining {
	struct thread *t;
	struct python_thread *p;         /* the thread's: not asked of t, which is wiped in a child that a signal's handler has forked meanwhile */
	const struct python_frame *next; /* behind the innermost of Python's frames that is not placed yet, in the memo */
	uint32_t count;                  /* frames in p->joined */
	bool cut;
};

static void put(struct joining *j, uintptr_t pc, bool is_python) {
	if (j->count == walked_most(j->t->depth)) j->cut = true;
	else j->p->joined[j->count++] = (struct python_joined){pc, is_python};
}

/* Puts Python's frames up to the one that one call has begun with; they may be none. */
static bool put_call(struct joining *j) {
	const struct python_frame *outermost = j->p->memo;
	enum python_entry entry = python.layout->entry;
	bool any = false;
	while (j->next > outermost) {
		const struct python_frame *f = --j->next;
		if (f->place == PLACE_CALL) break;
		if (f->place != PLACE_HIDDEN) {
			put(j, f->place, true);
			any = true;
		}
		if (entry == PYTHON_ENTRY_EACH || (entry == PYTHON_ENTRY_FLAGGED && f->entry)) break;
	}
	return any;
}

/* Where on the stack something lies that is of the call that runs the frames that are placed next; 0: it is not known. */
static uintptr_t next_call(const struct joining *j, uintptr_t *calls) {
	switch (python.layout->entry) {
	case PYTHON_ENTRY_FLAGGED: {
		uintptr_t at = *calls;
		return j->next > j->p->memo ? at : 0;
	}
	case PYTHON_ENTRY_SHIM:
		for (const struct python_frame *f = j->next; f > j->p->memo; f--)
			if (f[-1].place == PLACE_CALL) return f[-1].frame;
		return 0;
	default: return 0;
	}
}

/* Puts a frame that runs none of Python's functions, but may run some of Java's. */
static void put_other(struct joining *j, const struct frame *f, bool is_finished) {
	struct java_methods m;
	if (!java_methods_of(j->t, f, is_finished, &m)) put(j, f->pc, false);
	else
		for (uint32_t i = 0; i < m.count; i++) put(j, m.places[i], true);
}

/* Puts the frames of the stack and Python's into t->python->joined, innermost first. */
static void put_all(struct joining *j, uint32_t n, uintptr_t state) {
	const struct python_layout *l = python.layout;
	const struct frame *f = j->t->fresh;
	uintptr_t calls = python_holder(state), call = next_call(j, &calls);
	/* Where each frame has a call of its own, the innermost call may have just begun, and have no frame yet. */
	uint32_t without = 0, frames = j->p->count, unfinished = java_unfinished(j->t, n);
	if (l->entry == PYTHON_ENTRY_EACH) {
		for (uint32_t i = 0; i < n; i++) without += runs_python(f[i].pc);
		without = without > frames ? without - frames : 0;
	}
	for (uint32_t i = 0; i < n; i++) {
		bool in_place = false;
		if (l->entry != PYTHON_ENTRY_EACH) {
			uintptr_t end = i + 1 < n ? f[i + 1].sp : f[i].sp + SYS_PAGE;
			while (call && call - f[i].sp < end - f[i].sp) {
				in_place |= put_call(j);
				if (l->entry == PYTHON_ENTRY_FLAGGED) calls = python_word(calls + l->calls_back);
				call = next_call(j, &calls);
			}
		} else if (runs_python(f[i].pc)) {
			if (without) without--;
			else in_place = put_call(j);
		}
		if (!in_place) put_other(j, &f[i], i >= unfinished);
	}
	/* The stack was not followed so far. */
	while (j->next > j->p->memo) put_call(j);
}

/* Returns how many frames may have to be kept for a stack not to be cut, of n frames of C's. */
static uint32_t depth_needed(const struct python_thread *p, uint32_t n) {
	uint32_t frames = p->count, most = WIRE_MAX_DEPTH + 1;
	for (uintptr_t f = p->truncated ? p->memo[0].back : 0; f && frames < most; f = python_word(f + python.layout->back)) frames++;
	return frames > n ? frames : n;
}

/* Returns the node of the stack and the memo together. */
static NOINLINE uint32_t join(struct thread *t, struct python_thread *p, uintptr_t frame_address, uintptr_t state) {
	struct joining j = {.t = t, .p = p, .next = p->memo + p->count};
	uint32_t root, n = walked_frames(t, frame_address, &root);
	put_all(&j, n, state);
	if (j.cut || p->truncated) {
		root = WIRE_ROOT_TRUNCATED;
		process_count_deep(depth_needed(p, n));
	}
	uint32_t node = root, chain = root;
	for (uint32_t i = j.count; i-- > 0 && t->live;) {
		uintptr_t pc = p->joined[i].pc;
		chain = calltree_hash(chain, pc);
		node = p->joined[i].python ? walked_child(t, node, pc, chain) : calltree_child(t, node, pc, chain);
	}
	return t->live ? node : WIRE_ROOT;
}

uint32_t python_stack(struct thread *t, uint32_t node, uintptr_t frame_address) {
	if (unlikely(!t->live || !load_acquire(&process.python))) return node;
	uintptr_t state = python_frames_own_state();
	struct python_thread *p = state ? python_frames_of(t) : NULL;
	if (!p) return node;
	uint64_t hash = python_frames_follow(t, p, state);
	if (!hash) return node;
	uint64_t key = codes_mix(hash, (uint64_t)node << 32 | node);
	struct python_join *j = &p->joins[key >> (64 - JOIN_BITS)];
	if (likely(j->key == key)) return j->node;
	uint32_t joined = join(t, p, frame_address, state);
	j->key = 0;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	j->node = joined;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	j->key = key;
	return joined;
}
