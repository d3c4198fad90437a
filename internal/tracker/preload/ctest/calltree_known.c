/* A call that is in the tree already gets the same node and no event; one from
 * another place, or by another caller, gets a node of its own. */
#include "calltree.h"

#include <stdio.h>

static uint32_t child(struct thread *t, uint32_t parent, uintptr_t pc) { return calltree_child(t, parent, pc, calltree_hash(parent, pc)); }

int main(void) {
	static struct view v;
	struct thread *t = calltree_thread();
	uint32_t a = child(t, WIRE_ROOT, 100), b = child(t, a, 200);
	view_read(&v, t);
	printf("%d events\n", (int)v.nodes);
	require(child(t, WIRE_ROOT, 100) == a && child(t, a, 200) == b);
	view_read(&v, t);
	printf("%d events\n", (int)v.nodes);
	uint32_t other_place = child(t, a, 201), other_caller = child(t, b, 200), other_root = child(t, WIRE_ROOT_TRUNCATED, 100);
	require(other_place != b && other_caller != b && other_root != a);
	view_read(&v, t);
	printf("%d events\n", (int)v.nodes);
	return 0;
}
