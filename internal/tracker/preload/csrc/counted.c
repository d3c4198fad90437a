/* An entry is counted wherever it happens, in an allocator that is at work, too, and in a signal
 * handler: so it is recorded as mmap is (mapping.c), by a state of its own where another hook is
 * under way. Nothing is done after the call, so that the hook need not stay on the stack: what
 * the function returns, throws or jumps over is nothing to it. */
#include "counted.h"

#include "calltree.h"
#include "core.h"

/* Returns how many characters of a size in bytes are before the zero that ends a text, most at most. A word is
 * read whole where it is aligned, so that nothing is read of a page that the text has no part of. */
static uint64_t length_of(uintptr_t text, size_t size, uint64_t most) {
	typedef uint64_t __attribute__((may_alias)) word;
	typedef uint32_t __attribute__((may_alias)) wide;
	const uint64_t ones = 0x0101010101010101;
	uint64_t n = 0;
	while (n < most) {
		uintptr_t at = text + n * size;
		if (size == 1 && at % sizeof(word) == 0) {
			word w = *(const word *)at;
			if (!((w - ones) & ~w & ones << 7)) {
				n += sizeof(word);
				continue;
			}
		}
		if (size == 1 ? !*(const char *)at : !*(const wide *)at) break;
		n++;
	}
	return n < most ? n : most;
}

static uint64_t weight_of(const struct wire_patched *p, const uintptr_t *arguments) {
	if (!p->size) return 1;
	uintptr_t argument = arguments[p->size - 1];
	uint64_t most = p->count ? arguments[p->count - 1] : UINT64_MAX;
	switch (p->weight) {
	case WIRE_WEIGHT_TEXT: return length_of(argument, 1, UINT64_MAX) + 1;
	case WIRE_WEIGHT_WIDE_TEXT: return (length_of(argument, sizeof(uint32_t), UINT64_MAX) + 1) * sizeof(uint32_t);
	case WIRE_WEIGHT_TEXT_WITHIN: {
		uint64_t n = length_of(argument, 1, most);
		return n < most ? n + 1 : most;
	}
	case WIRE_WEIGHT_TEXT_CUT: return length_of(argument, 1, most) + 1;
	case WIRE_WEIGHT_INT: return (uint64_t)(int64_t)(int32_t)argument;
	case WIRE_WEIGHT_UNSIGNED: return (uint32_t)argument;
	}
	return argument;
}

void counted_entered(const struct wire_patched *p, const uintptr_t *arguments, uintptr_t frame_address) {
	uint64_t weight = weight_of(p, arguments); /* a text may not be there: then that is the program's fault, as without this */
	CORE_CALL_INSIDE_BY(t, core_begin_counted(frame_address));
	if (!t) return;
	uint32_t callers = unwind(t, frame_address), stack = calltree_child(t, callers, p->entry, calltree_hash(callers, p->entry));
	t->stamp = record_stamp_before(t);
	ring_write3(t, wire_call(t->stamp, stack, WIRE_CALL_COUNTED, p->mark, weight));
}

void counted_failure(const struct wire_patched *p, const uintptr_t *arguments, uintptr_t frame_address) {
	CORE_CALL_INSIDE_BY(t, core_begin_counted(frame_address));
	if (!t) return;
	uint32_t stack = unwind(t, frame_address), by = process.layered ? WIRE_REFUSED_BY_ITSELF : WIRE_REFUSED_BY_ALLOCATOR;
	t->stamp = record_stamp_before(t);
	ring_write3(t, wire_call(t->stamp, stack, WIRE_CALL_FAILED, by, arguments[p->size - 1]));
}
