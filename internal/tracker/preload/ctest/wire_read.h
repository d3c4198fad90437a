/* Events as a reader needs them that follows the call tree: the reverse of
 * wire_event.h's functions, for tests. */
#ifndef HEAPPROF_CTEST_WIRE_READ_H
#define HEAPPROF_CTEST_WIRE_READ_H

#include "../csrc/wire_event.h"

static inline enum wire_kind read_kind(uint64_t w0) { return (enum wire_kind)(w0 & ((1u << WIRE_KIND_BITS) - 1)); }

/* Words of the event that begins with w0; 0: there is no such event. */
static inline unsigned read_words(uint64_t w0) {
	switch (read_kind(w0)) {
	case WIRE_KIND_REALLOC_FAILED:
	case WIRE_KIND_REALLOC_FREED:
	case WIRE_KIND_FREE_SHORT: return 1;
	case WIRE_KIND_FREE:
	case WIRE_KIND_REALLOC:
	case WIRE_KIND_FREE_INNER:
	case WIRE_KIND_REALLOC_INNER:
	case WIRE_KIND_NODE:
	case WIRE_KIND_THREAD:
	case WIRE_KIND_FORK:
	case WIRE_KIND_ALLOC_SHORT: return 2;
	case WIRE_KIND_CALL:
	case WIRE_KIND_ALLOC:
	case WIRE_KIND_REALLOCED: return 3;
	case WIRE_KIND_MAPPING: return 4;
	case WIRE_KIND_MODULE: return w0 >> 16 & 0xffff;
	}
	return 0;
}

struct read_node {
	uint32_t stack, parent, module;
	uint64_t pc;
};

static inline struct read_node read_node(uint64_t w0, uint64_t w1) {
	const uint32_t mask = (1u << WIRE_STACK_BITS) - 1;
	return (struct read_node){
		.stack = (uint32_t)(w0 >> WIRE_KIND_BITS) & mask,
		.parent = (uint32_t)(w0 >> (WIRE_KIND_BITS + WIRE_STACK_BITS)) & mask,
		.module = (uint32_t)(w1 >> WIRE_ADDRESS_BITS),
		.pc = w1 & (WIRE_ADDRESS_END - 1),
	};
}

#endif
