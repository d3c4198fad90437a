/* In a tree that is far too small, nodes make way for others all the time. Each
 * node still means to the recorder the stack that was asked for, and a node that
 * made way is known not to hold any more. */
#include "calltree.h"

#include <stdio.h>

enum {
	NODES = 64,
	STEPS = 400000,
	KEPT = 100,
};

static uint64_t any(void) { /* xorshift64 */
	static uint64_t state = 88172645463325252u;
	state ^= state << 13;
	state ^= state >> 7;
	return state ^= state << 17;
}

int main(void) {
	static struct view v;
	struct thread *t = host_thread(NODES);
	struct {
		uint32_t id;
		uint64_t stack;
	} kept[KEPT] = {0};
	unsigned gone = 0;
	for (int step = 0; step < STEPS; step++) {
		unsigned from = any() % KEPT, to = any() % KEPT;
		uint32_t parent = WIRE_ROOT;
		uint64_t callers = 0, pc = 1 + any() % 16;
		if (kept[from].id && calltree_holds(t, kept[from].id)) {
			parent = kept[from].id;
			callers = kept[from].stack;
			require(v.meaning[calltree_slot(parent)] == callers);
		} else if (kept[from].id) {
			gone++;
		}
		kept[to].id = calltree_child(t, parent, pc, (uint32_t)stack_hash(callers, pc));
		kept[to].stack = stack_hash(callers, pc);
		view_read(&v, t);
		require(calltree_holds(t, kept[to].id));
		require(v.meaning[calltree_slot(kept[to].id)] == kept[to].stack);
		if (t->nodes_forgotten) { /* versions have begun anew: ids from before mean nothing */
			t->nodes_forgotten = false;
			for (unsigned i = 0; i < KEPT; i++)
				if (i != to) kept[i].id = 0;
		}
	}
	require(v.nodes > STEPS / 4 && gone > STEPS / 100);
	puts("each as asked for");
	return 0;
}
