/* A slot's versions have 16 bits. When they begin anew, the whole tree is
 * forgotten, and the unwinder told so, lest an old id pass for a new one. */
#include "calltree.h"

#include <stdio.h>

int main(void) {
	static struct view v;
	struct thread *t = host_thread(NODE_WAYS);
	uint32_t first = calltree_child(t, WIRE_ROOT, 1, 0), id = first;
	uint64_t pc = 1;
	while (!t->nodes_forgotten) {
		require(id == first || !calltree_holds(t, first) || pc <= NODE_WAYS);
		id = calltree_child(t, WIRE_ROOT, ++pc, 0);
		view_read(&v, t);
	}
	require(pc > 4 * 0xffff && pc <= 4 * 0x10000 + 4);
	require(calltree_holds(t, id) && v.meaning[calltree_slot(id)] == stack_hash(0, pc));
	unsigned left = 0;
	for (unsigned i = 0; i < NODE_WAYS; i++) left += t->nodes[i].pc != 0;
	printf("%u node left\n", left);
	return 0;
}
