/* The shared memory between the program and the recorder: its layout and the
 * event codec. internal/tracker/wire holds the same numbers in Go, and a test
 * there compares the two.
 *
 * The memory is one file of the recorder's, sparse, mapped by both sides:
 *
 *     0               struct wire_control        one page
 *     WIRE_PAGE       struct wire_process[...]   WIRE_MAX_PROCESSES
 *     WIRE_RINGS_AT   ring 0, ring 1, …          WIRE_RING_STRIDE bytes each
 *
 * A ring is a page of header and WIRE_RING_WORDS words of events, written by
 * one thread of the program and read by the recorder. Events are whole words;
 * indices count words and only grow; the place of a word is its index modulo
 * WIRE_RING_WORDS. */
#ifndef HEAPPROF_WIRE_H
#define HEAPPROF_WIRE_H

#include <stddef.h>
#include <stdint.h>

#define WIRE_MAGIC 0x666f727070616568ull /* "heapprof" */
#define WIRE_VERSION 2u

#define WIRE_PAGE 65536u /* the largest page of any kernel: what is mapped begins at a multiple */
#define WIRE_MAX_PROCESSES 16384u
#define WIRE_COUNTED 1024u
#define WIRE_MAX_RINGS 65536u
#define WIRE_MAX_DEPTH 1024u
#define WIRE_PROCESSES_AT WIRE_PAGE
#define WIRE_CONTROL_BYTES (WIRE_PROCESSES_AT + WIRE_MAX_PROCESSES * 512u)
#define WIRE_RINGS_AT (9u << 20)
#define WIRE_RING_WORDS 32768u /* 256 KiB: some 0.2 ms of the fastest program, longer than the recorder needs to wake */
#define WIRE_RING_HEADER WIRE_PAGE
#define WIRE_RING_STRIDE (WIRE_RING_HEADER + WIRE_RING_WORDS * 8u)

/* What the recorder does at the moment (wire_control.recorder). */
enum {
	WIRE_RECORDER_ON = 1,
	WIRE_RECORDER_GONE = 2, /* it has stopped reading: hooks go inert */
};
#define WIRE_OWNER_DIED 0x40000000u /* in recorder_life: FUTEX_OWNER_DIED */

/* wire_control.flags */
enum {
	WIRE_CHILDREN = 1, /* record children, too */
	WIRE_PATCH = 2,    /* a process that starts asks for its plan of patches */
};

struct wire_control {
	uint64_t magic;
	uint32_t version;
	uint32_t depth; /* frames a stack has at most, up to WIRE_MAX_DEPTH */
	uint32_t flags;
	uint32_t recorder_pid;

	/* Written by the recorder. */
	uint32_t recorder;
	uint32_t sleeping; /* 1 while it waits on doorbell */

	/* Written by the program's threads. */
	uint32_t doorbell;   /* futex: rung when a ring is half full and the recorder sleeps */
	uint32_t root_pid;   /* the process that was started first */
	uint32_t processes;  /* slots of the process table in use */
	uint32_t rings;      /* rings in use, from 0 on */
	uint32_t unprofiled; /* processes that found this memory and were not recorded */
	uint32_t forks;      /* numbers given to forks */
	uint32_t max_rings;  /* what there is room for; written by the recorder */
	/* A robust futex that a thread of the recorder's holds for as long as it
	 * lives (set_robust_list(2)): the kernel marks it when that dies, however it
	 * does. 0: there is none, and recorder_pid must be asked after. */
	uint32_t recorder_life;
	uint32_t asks; /* futex: how often a process has asked for a plan (wire_process.plan) */
	/* How often the recorder has read all rings that it knows of. A thread that waits for
	 * room while this goes on is one whose ring nobody reads. */
	uint32_t rounds;
	/* The recorder's descriptor of a second file, which everybody who records has mapped,
	 * shared and writable, and forked children after them, and which the recorder has not:
	 * as long as somebody lives the kernel does not let it be sealed (F_SEAL_WRITE). */
	uint32_t life;
	uint32_t zero;
	uint32_t asking[WIRE_MAX_PROCESSES / 32]; /* a bit for each process that has, until somebody has seen to it */
	/* The processes that unprofiled has counted last, by their numbers: the programs that
	 * one begins by exec, one after the other, are one process. */
	uint32_t counted[WIRE_COUNTED];
};

/* In wire_process.deepest: not all stacks were looked at that the limit has cut. */
#define WIRE_DEEPEST_UNKNOWN 0xffffffffu

enum { WIRE_NAMES_BYTES = 428 };

struct wire_process {
	uint32_t state; /* enum below */
	/* What this process is called in the /proc through which it has found the recorder; 0
	 * in a forked child, which may have another /proc. And what it calls itself, which
	 * is what the recorder calls it unless it may be in another pid namespace: then it is
	 * known by its badge (below). */
	uint32_t pid, own_pid;
	uint16_t elsewhere; /* 1: it may be in another */
	uint16_t badge;     /* 1: it has one */
	uint64_t start; /* stamp of its first moment */
	uint64_t lost;  /* allocator calls that were not recorded */
	/* A forked child: its parent's slot + 1, and the number of the FORK event in
	 * the parent's ring; 0 where the fork was not announced, as by a raw clone. */
	uint32_t parent;
	uint32_t fork;
	/* The plan of patches: a futex, and where in this memory the plan lies. */
	uint32_t plan;
	uint32_t plan_bytes; /* 0: there is nothing to patch */
	uint64_t plan_at;    /* a multiple of WIRE_PAGE */
	/* What it asks a plan for: the files that have anything mapped from the one address
	 * to the other, both included. Their paths, each ended by a zero, so that the
	 * recorder need not search all that is mapped for files that have nothing to
	 * patch; 0 bytes: they are not known. */
	uint64_t plan_from, plan_to;
	uint32_t unplaced; /* libraries that nothing is known of: too many were loaded at once, or in all */
	/* Frames of the deepest stack that was cut; above WIRE_MAX_DEPTH: it has more than
	 * that; 0: none was. */
	uint32_t deepest;
	uint32_t names_bytes;
	char names[WIRE_NAMES_BYTES];
};

/* The badge of process i: a mapping of this file that is of no use but to be seen in
 * /proc/PID/maps: it lets nobody read or write, and its place in the file and its length tell the process image from
 * every other. A forked child has not its parent's (MADV_DONTFORK), and exec takes it
 * away. There are WIRE_BADGE_PLACES places, and as many lengths. */
#define WIRE_BADGE_PLACES 128u
#define WIRE_BADGE_AT(i) ((uint64_t)((i) % WIRE_BADGE_PLACES) * WIRE_PAGE)
#define WIRE_BADGE_BYTES(i) ((uint64_t)((i) / WIRE_BADGE_PLACES + 1) * WIRE_PAGE)

/* wire_process.state */
enum {
	WIRE_PROCESS_READY = 1, /* filled in */
	WIRE_PROCESS_TAKEN = 2, /* the recorder has seen it */
	WIRE_PROCESS_DONE = 3,  /* the recorder takes it to have ended, and reads its rings no more */
	WIRE_PROCESS_CLAIMED = 4, /* being filled in */
};

/* wire_process.plan */
enum {
	WIRE_PLAN_WANTED = 1, /* by the program, which waits for the next */
	WIRE_PLAN_READY = 2,  /* by the recorder */
	WIRE_PLAN_DONE = 3,   /* by the program: it has said in the plan what it did; it may ask again */
};

/* A plan of patches: the allocator functions that are linked into the program or
 * into a library, where the loader finds no name to wrap. The recorder has decoded
 * them and knows what lies where; the program maps the code it is given and writes
 * a jump over each function's entry. First this, then the modules, the patches,
 * and each module's code. */
struct wire_plan {
	uint32_t modules, patches;
	uint32_t page; /* bytes of the kernel's pages */
	uint32_t zero;
};

struct wire_plan_module {
	uint64_t bias;        /* the file's load address */
	uint64_t code_at;     /* where in the program the code is to lie, a multiple of WIRE_PAGE */
	uint32_t code_bytes;  /* it is mapped up to a multiple of WIRE_PAGE */
	uint32_t code_offset; /* in the plan */
	uint64_t build_id_at; /* where in the program the build-id must be; 0: the file has none */
	uint8_t build_id[32];
	uint32_t build_id_bytes;
	uint32_t first_patch, patches;
	uint32_t outcome; /* enum below, by the program */
};

enum {
	WIRE_PATCHED = 1,
	WIRE_PATCH_OTHER_FILE,   /* another build-id or other code than was planned for */
	WIRE_PATCH_NO_ROOM,      /* nothing could be mapped at code_at */
	WIRE_PATCH_FORBIDDEN,    /* the kernel does not let code be changed */
	WIRE_PATCH_SHADOW_STACK, /* it needs what a shadow stack does not allow */
	WIRE_PATCH_NOT_ASKED,    /* the loader did not bring it, or not just now */
};

enum { WIRE_PATCH_BYTES = 32 };

struct wire_patch {
	uint64_t entry;
	uint8_t expected[WIRE_PATCH_BYTES]; /* what must be there */
	uint8_t over[WIRE_PATCH_BYTES];     /* what is written over the end of it */
	uint8_t expected_bytes, over_bytes;
	uint8_t makes_return; /* 1: its moved code pushes a return address by itself */
	uint8_t zero;
	uint32_t record; /* of its struct wire_patched: the offset in the code */
};

/* In the code, what a patched function's stub hands on: it loads the address of this
 * into a register that carries no argument (arch_*.h), and jumps to shim. */
struct wire_patched {
	uint64_t shim;     /* of its action's hook: by the program */
	uint64_t original; /* the address of the moved code */
	uint8_t action;    /* enum below */
	/* Which arguments have these meanings, from 1 on; 0: none has. */
	uint8_t size, count, pointer, out;
	uint8_t stack_words; /* to hand on to the original, an even number: it may have arguments there */
	uint8_t zero[2];
	/* A call from this code that names the entry itself is a part of the file's own
	 * work, and is not recorded. */
	uint64_t entry, own_start, own_bytes;
	uint8_t zero2[16]; /* so that none lies in two cache lines */
};

/* What a function does to blocks; internal/tracker/patch has the same. */
enum {
	WIRE_ACTION_ALLOC = 1,
	WIRE_ACTION_FREE,
	WIRE_ACTION_REALLOC,
	WIRE_ACTION_REALLOC_OR_FREE,
	WIRE_ACTION_RESIZE,
	/* What it maps; see mapping.c. */
	WIRE_ACTION_MAP,
	WIRE_ACTION_UNMAP,
	WIRE_ACTION_REMAP,
	WIRE_ACTION_BREAK,
	WIRE_ACTION_FORK,
	WIRE_ACTION_LOADED,
	WIRE_ACTION_EXEC,
};

struct wire_ring {
	/* Each index has a cache line of its own: the two sides must not fight over one. */
	uint64_t head; /* words written: the thread's */
	uint64_t pad0[7];
	uint64_t tail; /* words read: the recorder's; its low half is the futex of a thread that waits for room */
	uint64_t pad1[7];
	uint32_t process; /* index into the process table */
	uint32_t open;    /* 1 once the ring may be read */
	uint32_t waiting; /* 1 while the thread waits for room */
	uint32_t pad2[13];
};

/* Events. The low four bits of the first word are the kind. The first word of
 * an event in time is stamp << 4 | kind, where a stamp is the processor's
 * cycle counter. Addresses of blocks have 48 bits. */
enum {
	/* w0 stamp; w1 address | stack slot << 48; w2 bytes */
	WIRE_ALLOC = 1,
	/* w0 stamp; w1 address */
	WIRE_FREE = 2,
	/* Before a realloc: w0 stamp; w1 the old address. */
	WIRE_REALLOC = 3,
	/* After it, in the same ring: w0 stamp; w1 new address | slot << 48; w2 bytes */
	WIRE_REALLOCED = 4,
	/* After a realloc that failed: w0 stamp. The old block lives on. */
	WIRE_REALLOC_FAILED = 5,
	/* After a realloc to zero bytes that freed: w0 stamp. */
	WIRE_REALLOC_FREED = 6,
	/* A stack slot gets a new meaning: w0 slot << 16 | parent slot << 32 | module << 48; w1 pc */
	WIRE_NODE = 7,
	/* w0 whether it allocates past the library << 4 | words of the whole event << 16 | module << 48; w1 start; w2 end; w3 bias;
	 * w4 bytes of build-id | bytes of path << 32; then both, padded to words. */
	WIRE_MODULE = 8,
	/* A thread takes the ring: w0 stamp; w1 its id */
	WIRE_THREAD = 9,
	/* The process is about to fork: w0 stamp; w1 number of the fork. 0 for that: another
	 * program is about to begin in this process, or in a child that has this memory until
	 * then; w1 flags << 32 | bytes of path << 48; then the path, padded to words. It has
	 * not begun if that is the next such event in the ring. */
	WIRE_FORK = 10,
	/* The frequent ones in fewer words. Their stamp is told by how much later it
	 * is than that of the ring's last event in time.
	 * ALLOC of less than 64 KiB: w0 slot << 4 | later << 20; w1 address | bytes << 48 */
	WIRE_ALLOC_SHORT = 11,
	/* FREE of an address divisible by 16: w0 later << 4 (16 bits) | address / 16 << 20 */
	WIRE_FREE_SHORT = 12,
	/* FREE and REALLOC of a block that need not have been told of, within another call.
	 * If it was not, they are nothing, and so is the REALLOCED. */
	WIRE_FREE_INNER = 14,
	WIRE_REALLOC_INNER = 15,
	/* w0 stamp; w1 address | slot << 48; w2 bytes; w3 what was done | protection << 8 | flags << 32.
	 * Bytes are as the call had them, not yet rounded to pages. */
	WIRE_MAPPING = 13,
};

/* The flags of another program. */
enum {
	WIRE_EXEC_FAILED = 1,
	WIRE_EXEC_OWN = 2,     /* it replaces the process's own program */
	WIRE_EXEC_LIBRARY = 4, /* its environment names the library to the loader, */
	WIRE_EXEC_MEMORY = 8,  /* and to the library where the memory is */
};

/* What a WIRE_MAPPING tells. */
enum {
	WIRE_MAPPING_MAP = 0,   /* mmap has mapped it, with this protection and these flags */
	WIRE_MAPPING_BREAK = 1, /* the break has risen by it */
	/* It is about to be unmapped or moved. */
	WIRE_MAPPING_TAKE = 2,
	/* After a TAKE, in the same ring: where and how large it is now. 0 bytes: it is
	 * unmapped. A call that failed leaves it as it was. The slot counts where
	 * mremap has mapped what continues nothing. */
	WIRE_MAPPING_PUT = 3,
};

/* Stack slots: the roots, then a thread's call tree, a cache of up to
 * WIRE_MAX_NODES entries, each a (parent slot, pc) that a NODE event announced. */
enum {
	WIRE_ROOT = 0,          /* the stack is whole */
	WIRE_ROOT_TRUNCATED,    /* cut at the depth limit */
	WIRE_ROOT_NO_CFI,       /* a frame without unwind information */
	WIRE_ROOT_UNSUPPORTED,  /* unwind information of a kind that is not followed */
	WIRE_ROOT_OUT_OF_STACK, /* the next frame lies outside the readable stack */
	WIRE_FIRST_NODE = 16,
};
#define WIRE_MAX_NODES 32768u

#define WIRE_NO_MODULE 0xffffu

#define WIRE_ENV "HEAPPROF_RECORDER" /* pid:descriptor of the shared memory in the recorder */

_Static_assert(sizeof(struct wire_control) == 80 + WIRE_MAX_PROCESSES / 8 + WIRE_COUNTED * 4 && sizeof(struct wire_control) <= WIRE_PAGE, "control layout");
_Static_assert(sizeof(struct wire_process) == 512, "process layout");
_Static_assert(WIRE_MAX_PROCESSES <= WIRE_BADGE_PLACES * WIRE_BADGE_PLACES, "a badge is long rather than far away");
_Static_assert(sizeof(struct wire_ring) == 192, "ring layout");
_Static_assert(sizeof(struct wire_plan_module) == 80, "plan layout");
_Static_assert(sizeof(struct wire_patch) == 80, "plan layout");
_Static_assert(sizeof(struct wire_patched) == 64, "plan layout");
_Static_assert(WIRE_CONTROL_BYTES <= WIRE_RINGS_AT, "the process table ends before the rings");
_Static_assert(WIRE_FIRST_NODE + WIRE_MAX_NODES <= 1u << 16, "a slot fits its 16 bits");

#endif
