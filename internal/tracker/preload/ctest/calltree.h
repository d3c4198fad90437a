/* The unwinder's call tree, whose functions are its own, and the recorder's view
 * of it. */
#ifndef HEAPPROF_CTEST_CALLTREE_H
#define HEAPPROF_CTEST_CALLTREE_H

#include "../csrc/unwind.c"

#include "host.h"
#include "wire_read.h"

/* The rest of the tracker: not called, or of no interest here. */
uint32_t module_epoch;

/* No rule is in the cache. All frames are of one size. */
enum { RULE_WORDS = 4 };
static unsigned rules_looked_up;
struct rule rules_miss(struct thread *t, uintptr_t pc) {
	rules_looked_up++;
	return (void)t, (void)pc, (struct rule){.cfa = CFA_SP, .cfa_offset = RULE_WORDS * sizeof(uintptr_t)};
}

bool refresh_modules(struct thread *t) { return (void)t, true; }
const struct module *module_at(uintptr_t pc) { return (void)pc, NULL; }

/* What the numbers of stacks mean by the events so far, each a hash of all its frames. */
enum { VIEW_NODES = 1 << 20 };
struct view {
	uint64_t meaning[VIEW_NODES];
	uint64_t read; /* words of the ring */
	uint64_t nodes;
};

static inline uint64_t stack_hash(uint64_t callers, uint64_t pc) { return (callers ^ pc) * 0xff51afd7ed558ccd + 1; }

/* Reads what was written since the last time, and makes room. A number is told of once. */
static inline void view_read(struct view *v, struct thread *t) {
	for (; v->read < t->ring->head; v->read += 2) {
		uint64_t w0 = t->words[v->read & RING_MASK];
		struct read_node n = read_node(w0, t->words[(v->read + 1) & RING_MASK]);
		require(read_kind(w0) == WIRE_KIND_NODE && n.module == WIRE_NO_MODULE);
		require(n.stack >= WIRE_FIRST_NODE && n.stack < VIEW_NODES && !v->meaning[n.stack]);
		require(n.parent < WIRE_FIRST_NODE || v->meaning[n.parent]);
		v->meaning[n.stack] = stack_hash(v->meaning[n.parent], n.pc);
		v->nodes++;
	}
	t->ring->tail = v->read;
}

/* Begins the tree, and returns a thread. */
static inline struct thread *calltree_thread(void) {
	static char memory[NODES_FIRST_BYTES] __attribute__((aligned(64)));
	struct thread *t = host_thread();
	nodes_begin(memory);
	return t;
}

#endif
