/* An entry is counted wherever it happens, in an allocator that is at work, too, and in a signal
 * handler: so it is recorded as mmap is (mapping.c), by a state of its own where another hook is
 * under way. Nothing is done after the call, so that the hook need not stay on the stack: what
 * the function returns, throws or jumps over is nothing to it. */
#include "counted.h"

#include "calltree.h"
#include "core.h"

static uint64_t weight_of(const struct wire_patched *p, const uintptr_t *arguments) {
	if (!p->size) return 1;
	uintptr_t argument = arguments[p->size - 1];
	switch (p->weight) {
	case WIRE_WEIGHT_INT: return (uint64_t)(int64_t)(int32_t)argument;
	case WIRE_WEIGHT_UNSIGNED: return (uint32_t)argument;
	}
	return argument;
}

void counted_entered(const struct wire_patched *p, const uintptr_t *arguments, uintptr_t frame_address) {
	CORE_CALL_INSIDE_BY(t, core_begin_counted(frame_address));
	if (!t) return;
	uint32_t callers = unwind(t, frame_address), stack = calltree_child(t, callers, p->entry, calltree_hash(callers, p->entry));
	t->stamp = record_stamp_before(t);
	ring_write3(t, wire_call(t->stamp, stack, WIRE_CALL_COUNTED, p->mark, weight_of(p, arguments)));
}

void counted_failure(const struct wire_patched *p, const uintptr_t *arguments, uintptr_t frame_address) {
	CORE_CALL_INSIDE_BY(t, core_begin_counted(frame_address));
	if (!t) return;
	uint32_t stack = unwind(t, frame_address), by = process.layered ? WIRE_REFUSED_BY_ITSELF : WIRE_REFUSED_BY_ALLOCATOR;
	t->stamp = record_stamp_before(t);
	ring_write3(t, wire_call(t->stamp, stack, WIRE_CALL_FAILED, by, arguments[p->size - 1]));
}
