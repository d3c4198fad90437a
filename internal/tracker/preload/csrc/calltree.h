/* The call tree of the process. For unwind.c, where it is to be inlined. */
#ifndef HEAPPROF_CALLTREE_H
#define HEAPPROF_CALLTREE_H

#include "module.h"
#include "nodes.h"
#include "refresh.h"
#include "ring.h"

/* Returns the number of the module that pc lies in, or WIRE_NO_MODULE. */
static inline uint16_t calltree_module(uintptr_t pc) {
	const struct module *m = module_at(pc);
	return m ? m->number : WIRE_NO_MODULE;
}

/* Tells the recorder of a node before any other thread can: what has its number comes later
 * than the event, in whichever ring. */
static NOINLINE uint32_t calltree_add(struct thread *t, uint32_t parent, uintptr_t pc, uint32_t chain) {
	if (!t->live) return WIRE_ROOT; /* wiped: see ring_wait */
	if (parent == WIRE_ROOT_FULL) return parent;
	uintptr_t address = pc & (WIRE_ADDRESS_END - 1); /* pc may be none of a program, where the stack holds anything */
	uint64_t call = nodes_call(address, chain), link = nodes_link(parent, chain);
	const struct nodes_table *table = load_acquire(&nodes_table);
	uint32_t number = nodes_find_elsewhere(table, nodes_line(table, chain), call, parent);
	if (number) return number;
	if (!module_at(pc)) refresh_modules(t); /* it may be new, and its rule known of what was there before */
	uint32_t epoch = load_acquire(&module_epoch);
	uint16_t in = calltree_module(pc);
	if (in == WIRE_NO_MODULE) nodes_outside(pc);
	struct nodes_new n = nodes_begin_new(call, link);
	if (!n.is_new) return n.number;
	if (!ring_write2(t, wire_node(n.number, parent, address, in))) return WIRE_ROOT;
	nodes_end_new(n, call, link);
	/* The module has gone in the meantime. If its nodes had been taken out before, this one is
	 * now, too. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (unlikely(load_relaxed(&module_epoch) != epoch) && calltree_module(pc) != in) nodes_take_out(&(struct nodes_range){.start = pc, .end = pc + 1}, 1);
	return n.number;
}

/* Returns the hash of a stack from its callers' hash, or their root, and its innermost pc. It
 * says where the node lies. The parent's number could say that, too; but so the places of
 * all of a stack's nodes are known before the first of them has been looked up. */
ALWAYS_INLINE uint32_t calltree_hash(uint32_t callers, uintptr_t pc) {
	return (uint32_t)((pc ^ (uint64_t)callers << 32 ^ callers) * 0x9e3779b97f4a7c15ull >> 32);
}

/* Makes the processor read where the node is that has the hash. */
ALWAYS_INLINE void calltree_prefetch(uint32_t chain) { __builtin_prefetch(nodes_line(load_relaxed(&nodes_table), chain)); }

/* The node of pc called from parent, whose hash is chain. */
ALWAYS_INLINE uint32_t calltree_child(struct thread *t, uint32_t parent, uintptr_t pc, uint32_t chain) {
	const struct nodes_table *table = load_acquire(&nodes_table);
	uint32_t number = nodes_find_in(nodes_line(table, chain), nodes_call(pc, chain), parent);
	return likely(number) ? number : calltree_add(t, parent, pc, chain);
}

#endif
