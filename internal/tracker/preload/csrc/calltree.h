/* The call tree of a thread: a cache of (parent, pc) that forgets. For unwind.c,
 * where it is to be inlined. */
#ifndef HEAPPROF_CALLTREE_H
#define HEAPPROF_CALLTREE_H

#include "module.h"
#include "refresh.h"
#include "ring.h"
#include "text.h"

ALWAYS_INLINE uint32_t calltree_slot(uint32_t id) { return id & ((1u << NODE_SLOT_BITS) - 1); }

static NOINLINE uint32_t calltree_add(struct thread *t, uint32_t parent, uintptr_t pc, struct node *set) {
	unsigned way = 0;
	while (way < NODE_WAYS && set[way].pc) way++;
	if (way == NODE_WAYS) way = t->victim++ % NODE_WAYS;
	struct node *n = &set[way];
	uint32_t slot = WIRE_FIRST_NODE + (uint32_t)(n - t->nodes), version = (n->id >> NODE_SLOT_BITS) + 1;
	if (version >> (32 - NODE_SLOT_BITS)) {
		/* Versions begin anew, so no entry, memo or trail may speak of the old
		 * ones. Said first, as a signal handler may leave this hook for good. */
		t->nodes_forgotten = true;
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
		memset(t->nodes, 0, t->node_count * sizeof *n);
		version = 1;
	}
	/* Emptied first: if a signal handler leaves this hook for good, an entry
	 * must not be there that the recorder has not heard of, or has as another;
	 * nor may the old id, which trails have, still pass for what the slot means. */
	n->pc = 0;
	n->id = slot | version << NODE_SLOT_BITS;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	const struct module *m = module_at(pc);
	if (!m) {
		refresh_modules(t); /* loaded where another one was, so that its rule was known */
		m = module_at(pc);
	}
	ring_write2(t, wire_node(slot, calltree_slot(parent), pc, m ? m->number : WIRE_NO_MODULE));
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	n->parent = parent;
	n->pc = pc;
	return n->id;
}

/* A hash of the calls from the root to pc, of those to its caller given. It says
 * where the node lies, which the parent's id could say, too; but so the places of a
 * whole stack are known before the first of its nodes has been looked up. */
ALWAYS_INLINE uint32_t calltree_hash(uint32_t callers, uintptr_t pc) {
	return (uint32_t)((pc ^ (uint64_t)callers << 32 ^ callers) * 0x9e3779b97f4a7c15ull >> 32);
}

ALWAYS_INLINE struct node *calltree_set(const struct thread *t, uint32_t chain) {
	return &t->nodes[chain * NODE_WAYS & (t->node_count - 1)];
}

/* The node of pc called from parent. */
ALWAYS_INLINE uint32_t calltree_child(struct thread *t, uint32_t parent, uintptr_t pc, uint32_t chain) {
	struct node *set = calltree_set(t, chain);
	for (unsigned i = 0; i < NODE_WAYS; i++)
		if (set[i].pc == pc && set[i].parent == parent) return set[i].id;
	return calltree_add(t, parent, pc, set);
}

/* Reports whether id still is what its slot means. */
ALWAYS_INLINE bool calltree_holds(const struct thread *t, uint32_t id) {
	uint32_t slot = calltree_slot(id);
	return slot < WIRE_FIRST_NODE || t->nodes[slot - WIRE_FIRST_NODE].id == id;
}

#endif
