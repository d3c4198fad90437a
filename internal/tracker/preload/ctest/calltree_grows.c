/* However many nodes there are, each is told of once, and found from then on under its number,
 * which means to the recorder the stack that was asked for. None takes more than 24 bytes. */
#include "calltree.h"

#include <stdio.h>

enum {
	STEPS = 400000,
	KEPT = 1000,
	PLACES = 200,
};

static uint64_t any(void) { /* xorshift64 */
	static uint64_t state = 88172645463325252u;
	state ^= state << 13;
	state ^= state >> 7;
	return state ^= state << 17;
}

struct stack {
	uint32_t number, chain, parent;
	uintptr_t pc;
	uint64_t meaning;
};

int main(void) {
	static struct view v;
	static struct stack all[STEPS], kept[KEPT];
	struct thread *t = calltree_thread();
	for (int step = 0; step < STEPS; step++) {
		struct stack from = kept[any() % KEPT], s = {.parent = from.number, .pc = 1 + any() % PLACES};
		s.chain = calltree_hash(from.chain, s.pc);
		s.meaning = stack_hash(from.meaning, s.pc);
		s.number = calltree_child(t, s.parent, s.pc, s.chain);
		view_read(&v, t);
		require(v.meaning[s.number] == s.meaning);
		kept[any() % KEPT] = all[step] = s;
	}
	uint64_t nodes = v.nodes;
	require(nodes > STEPS / 2 && nodes_table->line_count * sizeof(struct nodes_line) <= nodes * 24);
	for (int step = 0; step < STEPS; step++) {
		struct stack s = all[step];
		require(calltree_child(t, s.parent, s.pc, s.chain) == s.number);
	}
	view_read(&v, t);
	require(v.nodes == nodes);
	puts("each as asked for");
	return 0;
}
