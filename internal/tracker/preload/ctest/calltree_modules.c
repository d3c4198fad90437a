/* The nodes of a module that is gone are not found, and are again when it is back. Those of
 * what lies elsewhere stay. */
#include "calltree.h"

#include <stdio.h>

static uint32_t child(struct thread *t, uint32_t parent, uintptr_t pc) { return calltree_child(t, parent, pc, calltree_hash(parent, pc)); }

int main(void) {
	static struct view v;
	struct thread *t = calltree_thread();
	enum { EACH = 3000 };
	static uint32_t plugin[EACH], below[EACH], other[EACH];
	for (uint32_t i = 0; i < EACH; i++) {
		plugin[i] = child(t, WIRE_ROOT, 0x10000 + i);
		below[i] = child(t, plugin[i], 0x90000 + i);
		other[i] = child(t, WIRE_ROOT, 0x90000 + i);
		view_read(&v, t);
	}
	const struct nodes_range ranges[] = {{.start = 0x1000, .end = 0x2000}, {.start = 0x10000, .end = 0x20000, .owner = 1}};
	nodes_take_out(ranges, COUNT_OF(ranges));
	uint64_t told = v.nodes;
	for (uint32_t i = 0; i < EACH; i++) require(child(t, WIRE_ROOT, 0x90000 + i) == other[i]);
	view_read(&v, t);
	require(v.nodes == told);
	/* Another one takes its place. */
	uint32_t another = child(t, WIRE_ROOT, 0x10000 + 7);
	require(another != plugin[7] && child(t, another, 0x90000 + 7) != below[7]);
	view_read(&v, t);
	require(v.nodes == told + 2);
	nodes_take_out(&(struct nodes_range){.start = 0x10000, .end = 0x18000, .owner = 2}, 1);
	nodes_put_back(1);
	for (uint32_t i = 0; i < EACH; i++) require(child(t, WIRE_ROOT, 0x10000 + i) == plugin[i] && child(t, plugin[i], 0x90000 + i) == below[i]);
	view_read(&v, t);
	require(v.nodes == told + 2);
	nodes_drop(2);
	nodes_take_out(ranges, COUNT_OF(ranges));
	nodes_put_back(2);
	require(child(t, WIRE_ROOT, 0x10000 + 8) != plugin[8]);
	/* What lay in no module is known where a module comes. */
	require(nodes_any_outside(0x90000 + 5, 0x90000 + 6) && !nodes_any_outside(0x80000, 0x90000) && !nodes_any_outside(0xa0000, 0xb0000));
	puts("gone, and back");
	return 0;
}
