/* The state of a thread: its ring, its countdown to the next sample, the stacks that it
 * remembers. */
#ifndef HEAPPROF_THREAD_H
#define HEAPPROF_THREAD_H

#include "arch.h"
#include "guest.h"
#include "wire_event.h"

/* One frame of a stack. pc lies inside the call instruction (return address - 1),
 * or is the interrupted instruction below a signal frame. sp and fp are the
 * registers as they are in this frame, below its call. */
struct frame {
	uintptr_t pc, sp, fp;
	/* Where the return address and the caller's fp are saved. fp_slot is NULL where the frame
	 * has not saved fp: it still is the caller's. */
	const uintptr_t *ra_slot, *fp_slot;
#if !ARCH_RA_BELOW_CFA
	const uintptr_t *lr; /* where the register of the return address was saved, if a signal interrupted the frame; or NULL */
#endif
	uint32_t node, chain; /* the frame's node in the call tree, and the hash that finds the node */
	uint16_t checks;      /* in the memo: how many checks the frames from the outermost to this one have */
	bool unverifiable;    /* what its caller is depends on other memory than the words at ra_slot and fp_slot */
	bool uses_fp;         /* what its caller is depends on fp */
	bool fp_matters;      /* in the memo: the frame uses fp, or hands it on to a caller that does */
};

/* A word of the stack, and what it held when the stack was remembered, which is valid while the
 * word holds that. */
struct check {
	const uintptr_t *at;
	uintptr_t is;
};

enum {
	KNOWN_BITS = 11,
	KNOWN_PLACES = 1 << KNOWN_BITS,
	KNOWN_WORDS = 24 << 10,
	KNOWN_FILTER_BITS = 8,
	KNOWN_FILTERS = 1 << KNOWN_FILTER_BITS,
};
static const uint64_t KNOWN_BEGIN = 1ull << 63;

/* A stack that is known whole, or the part of one behind a word that it has otherwise than
 * another one (known.h). */
struct known {
	/* The word in known_words that does not hold; or, of a whole stack, the leaf's pc with
	 * KNOWN_BEGIN; 0: the entry is empty. */
	uint64_t from;
	uintptr_t held; /* what the stack has there; or the frame of the hook */
	uint32_t begin; /* where its own part begins in known_words */
	uint32_t node;  /* the leaf's */
};

/* What is known of the call in front of a return address, or of the function around a pc
 * (calls.c). */
enum {
	CALL_BITS = 10,
	CALLS = 1 << CALL_BITS,
};
struct call {
	uintptr_t key, is;
};

/* How one hook was reached from another one that was under way in the same thread
 * (nested.c). */
enum {
	NESTINGS = 4,
	NESTING_CHECKS = 14,
};
struct nesting {
	uintptr_t frame, pc, fp; /* of the nested hook: where its frame is, and its caller; frame is 0 in an empty entry */
	uintptr_t under_way;     /* the frame of the hook that was under way */
	uint32_t epoch, checks;
	bool is_layer; /* the nested hook is a layer: its block has held the block of the hook under way */
	struct check check[NESTING_CHECKS];
};

/* A block that was allocated within the call under way, or one that was refused (inner.h). */
enum { INNERS = 16 };
struct inner {
	uintptr_t block; /* 0: it was refused, and nothing else here is filled in */
	size_t bytes;
	uint32_t stack;
	struct nesting *path; /* how the hook that made it was reached, or NULL */
	uintptr_t frame;      /* that hook's frame: path may have become another hook's if it differs */
};

/* For stacks of one kind that were cut: the most bytes that lay beyond the cut (cut.h). */
enum { CUTS = 32 };
struct cut {
	uint64_t kind;
	uintptr_t bytes;
};

struct thread {
	uint32_t live;           /* 0 in a forked child, where this memory is wiped */
	uint32_t epoch;          /* of the modules that memo and known stacks speak of */
	volatile uintptr_t busy; /* frame address of the hook that is under way, or 0 */
	uintptr_t freeing;       /* the block that it frees or resizes, or 0 */
	uint32_t inner_count;    /* blocks in inners */
	bool special;            /* blocks are sampled, what frees them is recorded with its stack, too, or some are refused */

	struct wire_countdown *countdown;     /* to the next sample, and its counts; NULL: every block is recorded */
	uint64_t marked_bytes, marked_blocks; /* what had been counted when the call under way began */

	uint64_t stamp;            /* of the last event in time */
	uint64_t head, room_until; /* words written; words up to which there is room */
	uint64_t *words;
	struct wire_ring *ring;

	uintptr_t stack_lo, stack_end; /* the readable stack around sp, as far as it is known */
	struct frame *memo;            /* the last stack, outermost first */
	struct frame *fresh;           /* room for the frames of a walk, innermost first */
	struct check *checks;          /* the words that memo depends on, outermost first */
	uint32_t memo_count;
	uint32_t depth;         /* frames a stack has at most */
	uint32_t memo_root;     /* the node that memo[0] was called from */
	bool memo_truncated;    /* memo[0] has callers that were cut */
	uintptr_t other_sp;     /* in a walk, where it is on a stack that is not the thread's: the sp of the last frame there (chain.c) */
	bool memo_unverifiable; /* some frame of memo is unverifiable */

	struct known *known;   /* stacks that are known whole, by hash */
	uint64_t *known_words; /* what they depend on */
	uint32_t known_used, known_count;
	uint32_t (*known_filter)[4]; /* leaves of stacks that were walked lately, by hash, the latest first */
	bool known_last;             /* the last stack was known whole */
	uint32_t known_vain;         /* how much of the asking was in vain lately */
	uint32_t known_unasked;      /* so many stacks from now on are not asked for */

	struct python_thread *python; /* what the thread remembers of Python's frames; NULL: it has none yet */
	bool pythonless;              /* it has none, as there was no memory for that */
	bool java;                    /* the walk has met code that HotSpot has made */

	struct cut cuts[CUTS];
	uint32_t cut_walks;

	struct call *calls;
	uint32_t calls_epoch; /* of the modules that calls speaks of */

	struct nesting nestings[NESTINGS];
	uint32_t next_nesting;
	struct inner inners[INNERS];
	uintptr_t inner_resize; /* frame address of the hook of an inner resize, or 0 */

	uint64_t random;      /* what the next sample is drawn from; 0: nothing has been */
	uintptr_t newest;     /* the block that was sampled last, or 0 */
	uint64_t newest_left; /* what was left to the next sample when it was */

	/* What is reserved for the call under way where limits are kept (limit.h), and the block that it
	 * resizes, with the bytes that this had. */
	uint64_t limit_bytes, limit_blocks;
	uintptr_t limit_old;
	uint64_t limit_had;
	bool limit_resizing; /* limit_old was known */

	int tid;
	struct thread *nested;    /* for a signal handler inside a hook; NULL until there was one */
	struct thread *next;      /* in the list of all */
	struct thread *next_idle; /* in the list of the idle */
	bool idle;                /* no thread has it */
	bool asks;                /* it calls the program's C library for itself: what that calls is none of the program's */
	bool inside;              /* its hook is one of mapping.c: the program may hold locks of its allocator */
	uintptr_t under_way;      /* while inside: the frame address of the hook within which it was called, or 0 */
};

/* The calling thread's state, or NULL, and how pool.c sets it. */
#ifdef HEAPPROF_ATTACHED
#define thread_current guest_state()
static inline void thread_set_current(struct thread *t) { guest_set_state(t); }
#else
extern __thread struct thread *thread_current __attribute__((tls_model("initial-exec")));
static inline void thread_set_current(struct thread *t) { thread_current = t; }
#endif

enum { THREAD_DEEPEST = 4 /* handlers that interrupt each other's hooks */ };

#endif
