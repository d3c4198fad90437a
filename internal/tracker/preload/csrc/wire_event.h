/* Events: what a thread writes into its ring, and how. Each function below returns the
 * words of one event; nothing else in the library knows where in them a field lies.
 * wire.Words in Go decodes them, and a test there compares the two.
 *
 * The low four bits of the first word are the kind. An event in time has a stamp behind
 * it, of the processor's counter; a node and a module have none, for what they tell
 * belongs to the events after them. Addresses have 48 bits, stacks 28. */
#ifndef HEAPPROF_WIRE_EVENT_H
#define HEAPPROF_WIRE_EVENT_H

#include <stdbool.h>

#include "wire.h"

enum wire_kind {
	WIRE_KIND_CALL = 0,
	WIRE_KIND_ALLOC = 1,
	WIRE_KIND_FREE = 2,
	WIRE_KIND_REALLOC = 3,
	WIRE_KIND_REALLOCED = 4,
	WIRE_KIND_REALLOC_FAILED = 5,
	WIRE_KIND_REALLOC_FREED = 6,
	WIRE_KIND_NODE = 7,
	WIRE_KIND_MODULE = 8,
	WIRE_KIND_THREAD = 9,
	WIRE_KIND_FORK = 10, /* and another program, where its number is 0 */
	WIRE_KIND_ALLOC_SHORT = 11,
	WIRE_KIND_FREE_SHORT = 12,
	WIRE_KIND_MAPPING = 13,
	WIRE_KIND_FREE_INNER = 14,
	WIRE_KIND_REALLOC_INNER = 15,
};

enum {
	WIRE_KIND_BITS = 4,
	WIRE_STACK_BITS = 28,
	WIRE_ADDRESS_BITS = 48,
};

/* The numbers of stacks: the roots, then the nodes of the process's call tree, each a pc called
 * from a parent that a node event has announced, in whichever ring, before any event with
 * the number was written. A number means the same for good. */
enum {
	WIRE_ROOT = 0,          /* the stack is whole */
	WIRE_ROOT_TRUNCATED,    /* cut at the depth limit */
	WIRE_ROOT_NO_CFI,       /* a frame without unwind information */
	WIRE_ROOT_UNSUPPORTED,  /* unwind information of a kind that is not followed */
	WIRE_ROOT_OUT_OF_STACK, /* the next frame lies outside the readable stack */
	WIRE_ROOT_FULL,         /* the call tree has no room for the stack */
	WIRE_FIRST_NODE = 16,
};
#define WIRE_MAX_NODES (1u << 27) /* some more may be told of: each thread may be about to make one */

#define WIRE_NO_MODULE 0xffffu
#define WIRE_PYTHON 0xfffeu /* not a module: the node's pc is by wire_python_place */

/* The words of an event, by how many it has. */
struct wire_event1 {
	uint64_t w[1];
};
struct wire_event2 {
	uint64_t w[2];
};
struct wire_event3 {
	uint64_t w[3];
};
struct wire_event4 {
	uint64_t w[4];
};
struct wire_event5 {
	uint64_t w[5];
};

static inline uint64_t wire_first(enum wire_kind kind, uint64_t fields) { return (uint64_t)kind | fields << WIRE_KIND_BITS; }

enum {
	WIRE_STACK_LOW_BITS = 64 - WIRE_ADDRESS_BITS, /* of a stack's number that stand above an address; the rest stand elsewhere */
	WIRE_FAMILY_BITS = 2,
	WIRE_SIZE_BITS = 64 - WIRE_FAMILY_BITS - (WIRE_STACK_BITS - WIRE_STACK_LOW_BITS), /* of a block's bytes in a long event */
};

/* By which family of functions a block is allocated, resized or freed; told with stacks of
 * frees alone. */
enum wire_family {
	WIRE_FAMILY_UNTOLD,
	WIRE_FAMILY_C,     /* malloc, realloc, free and their kin */
	WIRE_FAMILY_ONE,   /* operators new and delete */
	WIRE_FAMILY_ARRAY, /* operators new[] and delete[] */
};

static inline uint64_t wire_place(uint64_t address, uint64_t stack) { return address | stack << WIRE_ADDRESS_BITS; }

/* The bytes of a block, its family, and the rest of its stack's number. No block is as large
 * as what does not fit. */
static inline uint64_t wire_size(uint64_t bytes, uint64_t stack, enum wire_family family) {
	const uint64_t most = ((uint64_t)1 << WIRE_SIZE_BITS) - 1;
	return (bytes < most ? bytes : most) | (uint64_t)family << WIRE_SIZE_BITS | stack >> WIRE_STACK_LOW_BITS << (WIRE_SIZE_BITS + WIRE_FAMILY_BITS);
}

#define WIRE_ADDRESS_END ((uint64_t)1 << WIRE_ADDRESS_BITS)

/* Reports whether an address is one that an event can have. */
static inline bool wire_has_address(uint64_t address) { return address >> WIRE_ADDRESS_BITS == 0; }

/* A block was allocated, through the stack.
 * w0 stamp; w1 address | low bits of stack << 48; w2 bytes | family << 50 | the rest of
 * stack << 52 */
static inline struct wire_event3 wire_alloc(uint64_t stamp, uint64_t address, uint64_t bytes, uint64_t stack, enum wire_family family) {
	return (struct wire_event3){{wire_first(WIRE_KIND_ALLOC, stamp), wire_place(address, stack), wire_size(bytes, stack, family)}};
}

/* The same in fewer words, for most blocks. later is by how much its stamp is after that of
 * the ring's last event in time.
 * w0 stack << 4 | later << 32; w1 address | bytes << 48 */
static inline struct wire_event2 wire_alloc_short(uint64_t later, uint64_t address, uint64_t bytes, uint64_t stack) {
	return (struct wire_event2){{wire_first(WIRE_KIND_ALLOC_SHORT, stack | later << WIRE_STACK_BITS), address | bytes << WIRE_ADDRESS_BITS}};
}

static inline bool wire_is_alloc_short(uint64_t later, uint64_t bytes) {
	return bytes >> (64 - WIRE_ADDRESS_BITS) == 0 && later >> (64 - WIRE_KIND_BITS - WIRE_STACK_BITS) == 0;
}

/* A block was freed.
 * w0 stamp; w1 address */
static inline struct wire_event2 wire_free(uint64_t stamp, uint64_t address) {
	return (struct wire_event2){{wire_first(WIRE_KIND_FREE, stamp), address}};
}

/* A sampled block was freed. outlived: its thread has allocated since, or another frees it;
 * only the thread knows, as most of its blocks are not told of.
 * w0 stamp; w1 address | outlived << 48 */
static inline struct wire_event2 wire_free_sampled(uint64_t stamp, uint64_t address, bool outlived) {
	return (struct wire_event2){{wire_first(WIRE_KIND_FREE, stamp), wire_place(address, outlived)}};
}

enum {
	WIRE_FREE_SHORT_LATER_BITS = 16,
	WIRE_FREE_SHORT_UNIT = 16,
};

/* The same in one word, for most blocks; later is as above.
 * w0 later << 4 | address / 16 << 20 */
static inline struct wire_event1 wire_free_short(uint64_t later, uint64_t address) {
	return (struct wire_event1){{wire_first(WIRE_KIND_FREE_SHORT, later | address / WIRE_FREE_SHORT_UNIT << WIRE_FREE_SHORT_LATER_BITS)}};
}

static inline bool wire_is_free_short(uint64_t later, uint64_t address) {
	return later >> WIRE_FREE_SHORT_LATER_BITS == 0 && address % WIRE_FREE_SHORT_UNIT == 0;
}

/* A block is about to be reallocated.
 * w0 stamp; w1 its address */
static inline struct wire_event2 wire_realloc(uint64_t stamp, uint64_t old) {
	return (struct wire_event2){{wire_first(WIRE_KIND_REALLOC, stamp), old}};
}

/* It has become this one: the next such event in the same ring. The stack counts where
 * the old block is from before the recording.
 * the same words as for a block that was allocated */
static inline struct wire_event3 wire_realloced(uint64_t stamp, uint64_t address, uint64_t bytes, uint64_t stack) {
	return (struct wire_event3){{wire_first(WIRE_KIND_REALLOCED, stamp), wire_place(address, stack), wire_size(bytes, stack, WIRE_FAMILY_UNTOLD)}};
}

/* Or it lives on, for the call has failed.
 * w0 stamp */
static inline struct wire_event1 wire_realloc_failed(uint64_t stamp) { return (struct wire_event1){{wire_first(WIRE_KIND_REALLOC_FAILED, stamp)}}; }

/* Or the call, to zero bytes, has freed it.
 * w0 stamp */
static inline struct wire_event1 wire_realloc_freed(uint64_t stamp) { return (struct wire_event1){{wire_first(WIRE_KIND_REALLOC_FREED, stamp)}}; }

/* A block that need not have been told of was freed, or is about to be reallocated, within
 * another call. If it was not told of, they are nothing, and so is what ends the
 * reallocation.
 * w0 stamp; w1 address */
static inline struct wire_event2 wire_free_inner(uint64_t stamp, uint64_t address) {
	return (struct wire_event2){{wire_first(WIRE_KIND_FREE_INNER, stamp), address}};
}
static inline struct wire_event2 wire_realloc_inner(uint64_t stamp, uint64_t old) {
	return (struct wire_event2){{wire_first(WIRE_KIND_REALLOC_INNER, stamp), old}};
}

/* The bits above the address in w1 of an event of a block that was freed or is about to be
 * reallocated. */
enum {
	WIRE_FREE_OUTLIVED = 1,
	WIRE_FREE_THROUGH = 2,
};

/* Such an event of two words, with the stack that frees or reallocates the block, and by
 * which family.
 * w1 has WIRE_FREE_THROUGH; w2 stack | family << 28 */
static inline struct wire_event3 wire_through(struct wire_event2 e, uint64_t stack, enum wire_family family) {
	return (struct wire_event3){{e.w[0], e.w[1] | (uint64_t)WIRE_FREE_THROUGH << WIRE_ADDRESS_BITS, stack | (uint64_t)family << WIRE_STACK_BITS}};
}

/* A new stack: that of the parent, called on from pc, an address, in a module.
 * w0 stack << 4 | parent << 32; w1 pc | module << 48 */
static inline struct wire_event2 wire_node(uint64_t stack, uint64_t parent, uint64_t pc, uint64_t module) {
	return (struct wire_event2){{wire_first(WIRE_KIND_NODE, stack | parent << WIRE_STACK_BITS), pc | module << WIRE_ADDRESS_BITS}};
}

/* Words that so many bytes of text need, and each of the words: the first byte is in the
 * lowest bits, and zeros follow the last. The text may be in two parts. */
static inline unsigned wire_text_words(size_t bytes) { return (unsigned)((bytes + 7) / 8); }
static inline uint64_t wire_text(const void *first, size_t first_bytes, const void *second, size_t second_bytes, unsigned word) {
	uint64_t text = 0;
	for (unsigned b = 0; b < 8; b++) {
		size_t i = (size_t)word * 8 + b;
		uint8_t byte = 0;
		if (i < first_bytes) byte = ((const uint8_t *)first)[i];
		else if (i - first_bytes < second_bytes) byte = ((const uint8_t *)second)[i - first_bytes];
		text |= (uint64_t)byte << (8 * b);
	}
	return text;
}

struct wire_module {
	uint32_t number; /* by which nodes name it */
	bool bypasses;   /* it allocates past the library */
	uint64_t start, end, bias;
	uint32_t build_id_bytes, path_bytes; /* of the text behind it, in this order */
};

/* A file is mapped to run.
 * w0 bypasses << 4 | words of the whole event << 16 | number << 48; w1 start; w2 end; w3 bias;
 * w4 bytes of build-id | bytes of path << 32; then both as text */
static inline struct wire_event5 wire_module(const struct wire_module *m) {
	uint64_t words = 5 + wire_text_words((size_t)m->build_id_bytes + m->path_bytes);
	return (struct wire_event5){{
		(uint64_t)WIRE_KIND_MODULE | (uint64_t)m->bypasses << WIRE_KIND_BITS | words << 16 | (uint64_t)m->number << 48,
		m->start,
		m->end,
		m->bias,
		m->build_id_bytes | (uint64_t)m->path_bytes << 32,
	}};
}

/* The places of Python's functions, in nodes whose module is WIRE_PYTHON: where no program has code, and with the function's
 * number, which is not 0 unless there were too many, and the line in it; 0: it is not known. */
#define WIRE_PYTHON_PLACE ((uint64_t)1 << (WIRE_ADDRESS_BITS - 1))
enum {
	WIRE_PYTHON_LINE_BITS = 20,
	WIRE_PYTHON_LINE = (1 << WIRE_PYTHON_LINE_BITS) - 1,
	WIRE_JAVA_CODES = 1 << 23,   /* numbers from here on are of functions of Java's, which nodes and events have like Python's */
	WIRE_PYTHON_CODES = 1 << 24, /* numbers of functions */
	WIRE_MODULE_CODE = 2,        /* in a module's event: it is of a function of Python's */
};

static inline uint64_t wire_python_place(uint64_t number, uint64_t line) { return WIRE_PYTHON_PLACE | number << WIRE_PYTHON_LINE_BITS | line; }

/* A function of Python's that nodes will name by its number.
 * w0 WIRE_MODULE_CODE << 4 | words of the whole event << 16; w1 number; w2 bytes of its name | bytes of its file's << 32; then
 * both as text */
static inline struct wire_event3 wire_code(uint32_t number, size_t name_bytes, size_t file_bytes) {
	uint64_t words = 3 + wire_text_words(name_bytes + file_bytes);
	return (struct wire_event3){{wire_first(WIRE_KIND_MODULE, WIRE_MODULE_CODE) | words << 16, number, name_bytes | (uint64_t)file_bytes << 32}};
}

/* A thread takes the ring.
 * w0 stamp; w1 its id */
static inline struct wire_event2 wire_thread(uint64_t stamp, uint64_t tid) {
	return (struct wire_event2){{wire_first(WIRE_KIND_THREAD, stamp), tid}};
}

/* The process is about to fork.
 * w0 stamp; w1 number of the fork, which is not 0 */
static inline struct wire_event2 wire_fork(uint64_t stamp, uint32_t number) {
	return (struct wire_event2){{wire_first(WIRE_KIND_FORK, stamp), number}};
}

/* The flags of another program. */
enum {
	WIRE_EXEC_FAILED = 1,
	WIRE_EXEC_OWN = 2,     /* it replaces the process's own program */
	WIRE_EXEC_LIBRARY = 4, /* its environment names the library to the loader, */
	WIRE_EXEC_MEMORY = 8,  /* and to the library where the memory is */
};

/* Another program is about to begin in this process, or in a child that has this memory
 * until then. It has not begun if the next such event in the ring has WIRE_EXEC_FAILED.
 * w0 stamp; w1 flags << 32 | bytes of path << 48; then the path as text */
static inline struct wire_event2 wire_exec(uint64_t stamp, uint64_t flags, uint64_t path_bytes) {
	return (struct wire_event2){{wire_first(WIRE_KIND_FORK, stamp), flags << 32 | path_bytes << 48}};
}

/* What a call that has made no block was. */
enum {
	WIRE_CALL_REFUSED = 1, /* an allocation that failed; the number is of the enum below, the amount the bytes that were asked for */
	/* The first allocation that comes above a limit, and is the ring's next event; the number is by wire_crossed, the
	 * amount the bytes that lived before. */
	WIRE_CALL_CROSSED = 2,
	/* What a language calls where an allocation of so many bytes has failed was called. There is nothing new in that
	 * if a WIRE_CALL_REFUSED has told of it, as there is not where the allocator has become a part of its callers; else
	 * the number says by whom it was refused. */
	WIRE_CALL_FAILED = 4,
	WIRE_CALL_COUNTED = 3, /* of a function that is counted; the number is the function's, the amount the call's weight */
};

/* By whom an allocation was refused. */
enum {
	WIRE_REFUSED_BY_ALLOCATOR = 0,
	WIRE_REFUSED_BY_LIMIT = 1,
	WIRE_REFUSED_BY_ORDER = 2,  /* wire_control.fail_from and its kin */
	WIRE_REFUSED_BY_ITSELF = 3, /* by an allocator that is built on another one, and has not asked that */
};

enum { WIRE_CALL_WHAT_BITS = 8 };

/* The number of what came above a limit, of bytes or of blocks: 0 or 1, and above that how many blocks lived. */
static inline uint64_t wire_crossed(bool of_blocks, uint64_t blocks) {
	const uint64_t most = ((uint64_t)1 << (64 - WIRE_STACK_BITS - WIRE_CALL_WHAT_BITS - 1)) - 1;
	return of_blocks | (blocks < most ? blocks : most) << 1;
}

/* A call that has made no block, through the stack.
 * w0 stamp; w1 stack | what << 28 | number << 36; w2 amount */
static inline struct wire_event3 wire_call(uint64_t stamp, uint64_t stack, uint64_t what, uint64_t number, uint64_t amount) {
	return (struct wire_event3){{wire_first(WIRE_KIND_CALL, stamp), stack | what << WIRE_STACK_BITS | number << (WIRE_STACK_BITS + WIRE_CALL_WHAT_BITS), amount}};
}

/* What a mapping event tells. */
enum {
	WIRE_MAPPING_MAP = 0,   /* mmap has mapped it, with this protection and these flags */
	WIRE_MAPPING_BREAK = 1, /* the break has risen by it */
	/* It is about to be unmapped or moved. */
	WIRE_MAPPING_TAKE = 2,
	/* After a TAKE, in the same ring: where and how large it is now. 0 bytes: it is
	 * unmapped. A call that failed leaves it as it was. The stack counts where
	 * mremap has mapped what continues nothing. */
	WIRE_MAPPING_PUT = 3,

	WIRE_MAPPING_INSIDE = 0x80, /* with either: the call was made within one of an allocator's */
};

struct wire_mapping {
	uint64_t address, bytes; /* bytes as the call had them, not yet rounded to pages */
	uint64_t stack;
	uint8_t change; /* enum above */
	uint8_t protection;
	uint32_t flags;
};

/* A part of the address space was mapped, or ceases to be.
 * w0 stamp; w1 address | low bits of stack << 48; w2 bytes; w3 change | protection << 8 |
 * the rest of stack << 16 | flags << 32 */
static inline struct wire_event4 wire_mapping(uint64_t stamp, struct wire_mapping m) {
	return (struct wire_event4){{
		wire_first(WIRE_KIND_MAPPING, stamp),
		wire_place(m.address, m.stack),
		m.bytes,
		m.change | (uint64_t)m.protection << 8 | m.stack >> WIRE_STACK_LOW_BITS << 16 | (uint64_t)m.flags << 32,
	}};
}

_Static_assert(WIRE_KIND_BITS + 2 * WIRE_STACK_BITS <= 64, "a node's stacks are in one word");
_Static_assert(16 + WIRE_STACK_BITS - WIRE_STACK_LOW_BITS <= 32, "a mapping's stack ends before its flags");

#endif
