/* The state of a thread: its ring, its remembered stack, its call tree. */
#ifndef HEAPPROF_THREAD_H
#define HEAPPROF_THREAD_H

#include "arch.h"
#include "wire_event.h"

/* One frame of a stack. pc lies inside the call instruction (return address - 1),
 * or is the interrupted instruction below a signal frame. sp and fp are the
 * registers as they are in this frame, below its call. */
struct frame {
	uintptr_t pc, sp, fp;
	/* Where the return address and the caller's fp are saved; no fp_slot: fp is the
	 * caller's still. */
	const uintptr_t *ra_slot, *fp_slot;
#if !ARCH_RA_BELOW_CFA
	const uintptr_t *lr; /* where the register of the return address was saved, if a signal interrupted the frame; or NULL */
#endif
	uint32_t node, chain; /* its node, and the hash by which that is found */
	uint16_t checks;      /* in the memo: checks up to and with this frame's */
	bool unverifiable;    /* its caller hangs on memory other than those two words */
	bool uses_fp;         /* so does its caller's place on fp */
	bool fp_matters;      /* in the memo: it uses fp, or hands it on to a caller that does */
};

/* A word of the stack on which a remembered stack hangs. */
struct check {
	const uintptr_t *at;
	uintptr_t is;
};

/* See trail.h. The leaf's caller is the frame with pc, sp and fp. */
enum {
	TRAIL_BITS = 8,
	TRAILS = 1 << TRAIL_BITS,
	TRAIL_CHECKS = 7,
};
struct trail {
	uintptr_t pc; /* 0: there is none */
	uintptr_t leaf_pc, sp, fp;
	uint32_t node, meets_node; /* of the leaf, and of the frame of the memo that is met */
	uintptr_t meets_fp;
	uint32_t meets_at; /* that frame's sp: above sp, in words */
	uint16_t meets;    /* its index */
	uint8_t checks;
	bool fp_matters;
	uint16_t at[TRAIL_CHECKS]; /* the words that the trail hangs on: above sp, in words */
	uintptr_t is[TRAIL_CHECKS];
};
_Static_assert(sizeof(struct trail) == 128, "a trail is two cache lines");

/* See calls.c. */
enum {
	CALL_BITS = 10,
	CALLS = 1 << CALL_BITS,
};
struct call {
	uintptr_t key, is;
};

/* How a hook was reached from the one under way that it is a layer of: see nested.c. */
enum {
	NESTINGS = 4,
	NESTING_CHECKS = 14,
};
struct nesting {
	uintptr_t frame, pc, fp; /* of the nested hook: where its frame is, and its caller; frame 0: there is none */
	uintptr_t under_way;     /* the frame of the hook that is */
	uint32_t epoch, checks;
	bool is_layer; /* the block of the hook under way has lain in the nested one's */
	struct check check[NESTING_CHECKS];
};

/* A block allocated within the call under way: see inner.h. */
enum { INNERS = 16 };
struct inner {
	uintptr_t block;
	size_t bytes;
	uint32_t node;        /* of its stack, in the nested state */
	struct nesting *path; /* how it was reached, or NULL */
	uintptr_t frame;      /* as in path: that may be another's by now */
};

/* A call tree node: pc called from parent. id is slot | version << NODE_SLOT_BITS. */
struct node {
	uint64_t pc; /* 0: empty */
	uint32_t parent;
	uint32_t id; /* of the last that was here, if it is empty; 0: there was none */
};

enum {
	NODE_SLOT_BITS = 16,
	NODE_WAYS = 4,
};

/* Entries of a call tree. The first thread's is larger: programs of one thread,
 * such as compilers, have the most stacks; a thousand threads must not have as
 * much memory each. */
enum {
	NODES_FIRST_THREAD = WIRE_MAX_NODES,
	NODES_OTHER_THREADS = 8192,
};

/* The most bytes of the stack that lay beyond the frames of a stack of one kind: cut.h. */
enum { CUTS = 32 };
struct cut {
	uint64_t kind;
	uintptr_t bytes;
};

struct thread {
	uint32_t live;           /* 0 in a forked child, where this memory is wiped */
	uint32_t epoch;          /* of the modules that nodes, memo and trails speak of */
	volatile uintptr_t busy; /* frame address of the hook that is under way, or 0 */
	uintptr_t freeing;       /* the block that it frees or resizes, or 0 */
	uint32_t inner_count;    /* of inners */

	uint64_t stamp;            /* of the last event in time */
	uint64_t head, room_until; /* words written; words up to which there is room */
	uint64_t *words;
	struct wire_ring *ring;

	uintptr_t stack_lo, stack_end; /* the readable stack around sp, as far as it is known */
	struct frame *memo;            /* the last stack, outermost first */
	struct frame *fresh;           /* room for the frames of a walk, innermost first */
	struct check *checks;          /* the words that memo hangs on, outermost first */
	uint32_t memo_count;
	uint32_t depth;         /* frames a stack has at most */
	uint32_t memo_root;     /* the node that memo[0] hangs on */
	bool memo_truncated;    /* memo[0] has callers that were cut */
	bool memo_unverifiable; /* some frame of memo is */
	bool nodes_forgotten;   /* the nodes of memo and trails are no more */

	struct node *nodes;
	uint32_t node_count; /* a power of two */
	uint32_t victim;

	struct trail (*trails)[2];
	uint32_t next_trail;
	uint32_t last_trail_taken;      /* how often it was the next one, too */
	const struct trail *last_trail; /* that was taken last, or NULL */

	struct cut cuts[CUTS];
	uint32_t cut_walks;

	struct call *calls;
	uint32_t calls_epoch; /* of the modules that they speak of */

	struct nesting nestings[NESTINGS];
	uint32_t next_nesting;
	struct inner inners[INNERS];
	uintptr_t inner_resize; /* frame address of the hook of an inner resize, or 0 */

	int tid;
	struct thread *nested;    /* for a signal handler inside a hook; NULL until there was one */
	struct thread *next;      /* in the list of all */
	struct thread *next_idle; /* in the list of the idle */
	bool idle;                /* no thread has it */
	bool inside;              /* its hook is one of mapping.c: locks of the program's may be held */
	uintptr_t under_way;      /* then, the frame address of the hook within which it was called, or 0 */
};

extern __thread struct thread *thread_current __attribute__((tls_model("initial-exec")));

enum { THREAD_DEEPEST = 4 /* handlers that interrupt each other's hooks */ };

#endif
