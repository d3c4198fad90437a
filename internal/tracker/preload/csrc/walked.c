#include "walked.h"

#include "calltree.h"
#include "step.h"

uint32_t walked_frames(struct thread *t, uintptr_t frame_address, uint32_t *root) {
	struct frame *f = t->fresh;
	uint32_t n = 0;
	*f = (struct frame){.pc = stack_word(frame_address + 8) - 1, .sp = arch_caller_sp(frame_address), .fp = stack_word(frame_address)};
	for (*root = WIRE_ROOT; f[n].pc + 1 != 0; n++) {
		if (n == t->depth) {
			*root = WIRE_ROOT_TRUNCATED;
			break;
		}
		enum step next = step(t, &f[n], &f[n + 1]);
		if (next != STEP_CALLER) {
			*root = step_root(next);
			return n + 1;
		}
	}
	return n;
}

uint32_t walked_child(struct thread *t, uint32_t parent, uintptr_t place, uint32_t chain) {
	uint64_t call = nodes_call(place, chain), link = nodes_link(parent, chain);
	const struct nodes_table *table = load_acquire(&nodes_table);
	const struct nodes_line *line = nodes_line(table, chain);
	uint32_t number = nodes_find_in(line, call, parent);
	if (number || parent == WIRE_ROOT_FULL) return number ? number : parent;
	if ((number = nodes_find_elsewhere(table, line, call, parent))) return number;
	struct nodes_new n = nodes_begin_new(call, link);
	if (!n.is_new) return n.number;
	if (!ring_write2(t, wire_node(n.number, parent, place, WIRE_PYTHON))) return WIRE_ROOT;
	nodes_end_new(n, call, link);
	return n.number;
}
