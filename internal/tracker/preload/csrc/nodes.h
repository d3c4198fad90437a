/* The index of the call tree: which number a pc has that is called from a parent. There is one
 * for all threads of the process, so that what one has walked the others know.
 *
 * Threads read it without a lock, and add to it by compare-and-swap. None waits for another one,
 * which a signal handler may have taken out of its hook for good, at any instruction. So an
 * entry that is half written matches nothing, and what is added while another thread makes a
 * larger table may be missed there. Who misses a node gives it another number, and tells the
 * recorder so, which knows that both are one stack: it costs an event, and is not wrong. */
#ifndef HEAPPROF_NODES_H
#define HEAPPROF_NODES_H

#include "base.h"
#include "wire_event.h"

/* A node. The words hold pc and parent, which are looked for, the number, and so much of the
 * hash (chain) that a larger table can be made. */
struct node {
	uint64_t call; /* pc | chain >> 16 << 48; 0: the entry is empty, half written, or the node was taken out */
	uint64_t link; /* parent << 36 | (chain >> 8 & 0xff) << 28 | number; 0: the entry is empty */
};

enum {
	NODES_WAYS = 4, /* entries of a line, which is one of the cache */
	NODES_HASH_BITS = 24,
	NODES_PARENT_SHIFT = 64 - WIRE_STACK_BITS,
};

struct nodes_line {
	struct node node[NODES_WAYS];
} __attribute__((aligned(64)));

/* A table never becomes smaller or goes away, since a thread may still be looking at it: what
 * it held may turn to zeros. */
struct nodes_table {
	uint32_t line_count;
	uint32_t tree;      /* a number of the tree: a forked child begins another. 0: in a child, the parent's table */
	uint32_t first;     /* the numbers from here on were given while this was the table */
	uint32_t kept;      /* nodes of lower numbers in it */
	uint32_t room;      /* so many nodes, and a larger table is made */
	uint32_t last_room; /* so many, and no more are taken */
	struct nodes_line lines[] __attribute__((aligned(64)));
};

extern struct nodes_table *nodes_table;

/* pc is an address of a program. */
ALWAYS_INLINE uint64_t nodes_call(uintptr_t pc, uint32_t chain) { return pc | (uint64_t)(chain & 0xffff0000) << 32; }

/* A node's link without its number. */
ALWAYS_INLINE uint64_t nodes_link(uint32_t parent, uint32_t chain) { return (uint64_t)parent << 8 | (chain >> 8 & 0xff); }

ALWAYS_INLINE uint32_t nodes_number(uint64_t link) { return link & ((1u << WIRE_STACK_BITS) - 1); }

/* The line where the search begins for what has that hash. */
ALWAYS_INLINE const struct nodes_line *nodes_line(const struct nodes_table *table, uint32_t chain) {
	return &table->lines[(uint64_t)(chain >> (32 - NODES_HASH_BITS)) * table->line_count >> NODES_HASH_BITS];
}

/* Returns the number of the node if it stands in that line, or 0. Where pc and parent are the
 * same the hash is. */
ALWAYS_INLINE uint32_t nodes_find_in(const struct nodes_line *line, uint64_t call, uint32_t parent) {
	for (unsigned i = 0; i < NODES_WAYS; i++) {
		const struct node *n = &line->node[i];
		if (load_acquire(&n->call) != call) continue;
		uint64_t found = load_relaxed(&n->link);
		if (likely(found >> NODES_PARENT_SHIFT == parent)) return nodes_number(found);
	}
	return 0;
}

/* The same of the other lines that the node may stand in. */
NOINLINE uint32_t nodes_find_elsewhere(const struct nodes_table *table, const struct nodes_line *line, uint64_t call, uint32_t parent);

/* A node that is made. The recorder is told of it between the two calls. */
struct nodes_new {
	uint32_t number;    /* WIRE_ROOT_FULL: there is no room for it */
	bool is_new;        /* it has not been made before, as by another thread meanwhile */
	struct node *place; /* where it is to be found; NULL: nowhere */
	const struct nodes_table *table;
};
struct nodes_new nodes_begin_new(uint64_t call, uint64_t link);
void nodes_end_new(struct nodes_new n, uint64_t call, uint64_t link);

/* Begins a tree, in the first of its memory, NODES_FIRST_BYTES of zeros. */
enum { NODES_FIRST_LINES = 256 };
#define NODES_FIRST_BYTES (sizeof(struct nodes_table) + NODES_FIRST_LINES * sizeof(struct nodes_line))
void nodes_begin(void *memory);

/* Makes room that a sandboxed program will do with, which soon can have no more. */
COLD void nodes_prepare(void);

/* ---- modules that come and go (refresh.c) ---- */

struct nodes_range {
	uintptr_t start, end;
	uint32_t owner; /* for whom the nodes there are put aside: not 0; 0: they are forgotten */
};

enum { NODES_RANGES = 16 /* at once */ };

/* Returns the first of the ranges that pc lies in, or NULL. */
static inline const struct nodes_range *nodes_range_of(const struct nodes_range *ranges, unsigned count, uintptr_t pc) {
	for (const struct nodes_range *r = ranges; r < ranges + count; r++)
		if (pc - r->start < r->end - r->start) return r;
	return NULL;
}

/* Takes the nodes out of the index whose pc lies in one of the ranges. Those below them are not
 * found any more. */
COLD void nodes_take_out(const struct nodes_range *ranges, unsigned count);

/* Puts back what was put aside for an owner, or lets go of it. */
COLD void nodes_put_back(uint32_t owner);
COLD void nodes_drop(uint32_t owner);

/* Says that a node is made whose pc lies in no module. */
void nodes_outside(uintptr_t pc);

/* Reports whether a node has its pc in a range that has belonged to no module so far. */
COLD bool nodes_any_outside(uintptr_t start, uintptr_t end);

/* In a forked child, whose tree begins anew: the lock's holder is not there, nor what the
 * parent has put aside. */
void nodes_forget_in_child(void);

#endif
