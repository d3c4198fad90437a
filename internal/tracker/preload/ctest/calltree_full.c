/* Where there is no room for a node, its stack and all that would lie below it are those that
 * have none. What is known stays known. */
#include "calltree.h"

#include <stdio.h>

int main(void) {
	static struct view v;
	struct thread *t = calltree_thread();
	enum { NODES = 100 };
	uint32_t known[NODES];
	process.max_nodes = NODES;
	for (uint32_t i = 0; i < NODES; i++) known[i] = calltree_child(t, WIRE_ROOT, i + 1, i << 20);
	uint32_t beyond = calltree_child(t, known[5], 7, 7), below = calltree_child(t, beyond, 8, 8);
	require(beyond == WIRE_ROOT_FULL && below == WIRE_ROOT_FULL);
	for (uint32_t i = 0; i < NODES; i++) require(calltree_child(t, WIRE_ROOT, i + 1, i << 20) == known[i]);
	view_read(&v, t);
	printf("%d nodes\n", (int)v.nodes);
	/* And where a larger table cannot be had. */
	process.max_nodes = WIRE_MAX_NODES;
	sys_forbid(1u << SYS_CALL_MAP);
	uint32_t more = 0;
	while (calltree_child(t, WIRE_ROOT, 1000 + more, more * 0x9e3779b9u) != WIRE_ROOT_FULL) more++;
	for (uint32_t i = 0; i < more; i++) require(calltree_child(t, WIRE_ROOT, 1000 + i, i * 0x9e3779b9u) > WIRE_ROOT_FULL);
	view_read(&v, t);
	require(v.nodes == NODES + more && v.nodes > NODES_FIRST_LINES * NODES_WAYS * 9 / 10);
	sys_forbid(0);
	uint32_t asked = 0;
	while (calltree_child(t, WIRE_ROOT, 1000 + more, more * 0x9e3779b9u) == WIRE_ROOT_FULL) require(++asked < 1000);
	puts("full, and not any more");
	return 0;
}
