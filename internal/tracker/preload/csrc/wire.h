/* The layout of the memory that the program and the recorder share; wire_event.h has
 * the events in it. internal/tracker/wire has the same in Go, and a test there
 * compares the two: each constant, and where each field lies.
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
#define WIRE_VERSION 8u

#define WIRE_PAGE 65536u /* the largest page of any kernel: what is mapped begins at a multiple */
#define WIRE_MAX_PROCESSES 16384u
#define WIRE_MAX_COUNTED 1024u
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
	WIRE_CHILDREN = 1,       /* record children, too */
	WIRE_PATCH = 2,          /* a process that starts asks for its plan of patches */
	WIRE_FREES = 4,          /* what frees a block is recorded with its stack, too */
	WIRE_RETAINED = 8,       /* blocks are made so that it shows what holds them (fresh.h), and the process waits at its exit (mark_exit) */
	WIRE_FAILS = 16,         /* some stacks' allocations are to fail: see WIRE_MARK_STACK */
	WIRE_FOLLOW_PYTHON = 64, /* stacks have the frames of Python's functions, too (python.h) */
	WIRE_ATTACHED = 32,      /* the process ran already when the library came, and is to run on without it: see struct wire_attached */
};

/* What is done at the first allocation above a limit (wire_control.at_limit). */
enum {
	WIRE_LIMIT_NOTE = 0, /* it is told, and the program goes on */
	WIRE_LIMIT_FAIL = 1, /* it fails, and so does each one above the limit after it */
	WIRE_LIMIT_KILL = 2, /* the process is ended */
};

enum {
	WIRE_MAX_MARKS = 256,
	WIRE_MAX_MARKED = 32768,
	WIRE_MAX_MARK_NAME = 88,
	WIRE_MAX_TEXT_PARTS = 256, /* of a text that is told by names of marks: WIRE_MARK_TEXT */
};

/* A place for a mark, a named moment: whoever asks for one claims a place, fills it in, and
 * then says so; the recorder makes the mark and frees the place. */
struct wire_mark {
	uint32_t state;   /* futex: enum below, and in steps of WIRE_MARK_STEP how often the place was used */
	uint32_t kind;    /* enum below */
	uint32_t process; /* whose it is: its slot + 1; 0: all that run have it */
	uint32_t number;  /* of the function; or the id of the thread that exits */
	uint64_t stamp;   /* the moment; 0: when the recorder gets to it */
	/* The recorder's answer: nanoseconds since the process began, and an enum below. */
	uint64_t since;
	uint32_t outcome;
	uint32_t name_bytes;
	char name[WIRE_MAX_MARK_NAME];
};

/* wire_mark.state */
enum {
	WIRE_MARK_FREE = 0,
	WIRE_MARK_CLAIMED = 1, /* being filled in; if its thread ends meanwhile it stays so: there are others */
	WIRE_MARK_ASKED = 2,
	WIRE_MARK_STEP = 4,
};

/* wire_mark.kind: what it is named after. */
enum {
	WIRE_MARK_NAMED = 1,    /* a name of its own */
	WIRE_MARK_SIGNAL = 2,   /* wire_control.mark_signal */
	WIRE_MARK_FUNCTION = 3, /* the function of that number */
	WIRE_MARK_EXIT = 4,     /* none: the process is about to exit, and waits for the answer */
	WIRE_MARK_SNAPSHOT = 5, /* a name of its own, and the process is to be copied */
	WIRE_MARK_DUMP = 6,     /* a name of its own, and a profile is to be written */
	WIRE_MARK_TEXT = 7,     /* none: asks for a part of the text of an earlier answer */
	WIRE_MARK_STACK = 8,    /* none: an allocation through the stack of that number may have to fail, and waits for the answer: WIRE_MARK_MADE if it has */
};

/* wire_mark.outcome */
enum {
	WIRE_MARK_MADE = 1,
	WIRE_MARK_TOO_LATE = 2, /* the process has ended */
	WIRE_MARK_NO_ROOM = 3,  /* it has as many marks as it may have */
	WIRE_MARK_NO_COPY = 4,  /* the mark was made, and the process was not copied */
	WIRE_MARK_TAKEN_ON = 5, /* not answered yet: the recorder is about it */
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
	uint32_t max_nodes;                       /* of a process's call tree, up to WIRE_MAX_NODES; written by the recorder */
	uint64_t sample_mean;                     /* bytes from one sampled block to the next, on average; 0: every block is recorded */
	uint64_t limit_bytes, limit_blocks;       /* that may live in a process; 0: any number */
	uint64_t fail_from, fail_every;           /* which allocations are to fail, counted from 1: all from that one on, each so-manieth; 0: none */
	uint32_t at_limit;                        /* enum above; these five are written by the recorder, and fail_times is, too */
	uint32_t mark_signal;                     /* at which a program marks the moment; 0: none; written by the recorder */
	uint32_t next_mark;                       /* where in marks the next one looks for a place first */
	uint32_t marks_asked;                     /* how many have been asked for */
	uint32_t lost_marks;                      /* that found no place */
	uint32_t fail_times;                      /* so many are to fail at most; 0: any number */
	uint32_t asking[WIRE_MAX_PROCESSES / 32]; /* a bit for each process that has, until somebody has seen to it */
	/* The processes that unprofiled has counted last, by their numbers: the programs that
	 * one begins by exec, one after the other, are one process. */
	uint32_t counted[WIRE_MAX_COUNTED];
	struct wire_mark marks[WIRE_MAX_MARKS];
};

/* In wire_process.deepest: not all stacks were looked at that the limit has cut. */
#define WIRE_DEEPEST_UNKNOWN 0xffffffffu

enum { WIRE_MAX_NAMES = 392 };

/* What a process has of CPython (wire_process.python). */
enum {
	WIRE_PYTHON_NONE = 0,
	WIRE_PYTHON_FOLLOWED = 1, /* its functions are in stacks */
	WIRE_PYTHON_UNKNOWN = 2,  /* they are not: it is a version whose layout is not known */
	WIRE_PYTHON_UNLIKE = 3,   /* they are not, or not any more: its memory does not look as the version's should */
};

struct wire_process {
	uint32_t state; /* enum below */
	/* What this process is called in the /proc through which it has found the recorder; 0
	 * in a forked child, which may have another /proc. And what it calls itself, which
	 * is what the recorder calls it unless it may be in another pid namespace: then it is
	 * known by its badge (below). */
	uint32_t pid, own_pid;
	uint16_t elsewhere; /* 1: it may be in another */
	uint16_t badge;     /* 1: it has one */
	uint64_t start;     /* stamp of its first moment */
	uint64_t lost;      /* allocator calls that were not recorded */
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
	uint32_t apart;    /* 1: where blocks are made fresh, none has begun where another one may end */
	uint32_t unplaced; /* libraries that nothing is known of: too many were loaded at once, or in all */
	/* Frames of the deepest stack that was cut; above WIRE_MAX_DEPTH: it has more than
	 * that; 0: none was. */
	uint32_t deepest;
	uint32_t names_bytes;
	/* What the recorder asks a copy by, where it may not trace the process: where in this memory the
	 * struct wire_copy lies. 0: it asks for none, or one is being made. */
	uint64_t copy_at;
	uint64_t lend;           /* address of the process's struct wire_lend; 0: it has none */
	uint64_t guest;          /* address of the process's struct wire_guest; 0: it has none */
	uint32_t python;         /* enum above */
	uint32_t python_version; /* as CPython's PY_VERSION_HEX has it, of the releases before 3.11 the first two numbers alone; 0: there is none */
	char names[WIRE_MAX_NAMES];
};

/* Where a thread is that the recorder has stopped, and makes make a system call. The recorder gives it back its
 * registers afterwards; if it is killed meanwhile, the code does, from here. */
struct wire_lend {
	uint64_t code; /* address of the code: a system call, what gives back, and in front of it WIRE_LEND_MAGIC */
	uint64_t mask; /* the signals that the thread wanted none of */
	/* On x86-64: r15 to r8, rbp, rbx, rax, rcx, rdx, rsi, rdi. */
	uint64_t registers[15];
	uint64_t flags, sp, pc;
	uint64_t taken; /* 1: a thread has not been given back what is in it */
};

#define WIRE_LEND_MAGIC 0x666f727070616568ull

/* A module of a process that runs already: the difference between its addresses in memory and in its file, the address and
 * number of its program headers, and the address of its name, as the loader has it. */
struct wire_attached_module {
	uint64_t bias, headers, header_count, name;
};

/* What the recorder hands to the entry of a library that it has put into a process that runs (front_attached.c). */
struct wire_attached {
	uint64_t control;               /* where the first page of the memory is mapped */
	uint64_t iterate;               /* address of the program's dl_iterate_phdr; 0: it has none */
	uint64_t loader;                /* address of its struct r_debug; 0: it has none */
	uint64_t errno_at;              /* address of its __errno_location; 0: it has none */
	uint32_t pid, own_pid;          /* by its directory in the recorder's /proc, and as it calls itself */
	uint32_t forbidden;             /* system calls that it may not make: bits of enum sys_call */
	uint32_t tid_at;                /* how far behind the thread pointer the C library keeps the thread's id; 0: not known */
	uint64_t module_count, modules; /* address of struct wire_attached_module[...] */
};

/* Something that a library has mapped that is to be gone without a trace. */
struct wire_guest_mapping {
	uint64_t at, bytes; /* bytes is 0: an empty entry */
};

/* A thread that has called a hook. */
struct wire_guest_thread {
	uint64_t pointer; /* its thread pointer; 0: an empty entry */
	uint64_t state;   /* its struct thread, or 0 */
	uint64_t tid;     /* the word at wire_attached.tid_at behind its thread pointer: another thread may have that later */
	/* The frame addresses of the outermost hook that is under way, and of the innermost, or 0. Either may have been left for
	 * good: then the thread's stack pointer is above it, if it is on the same stack; and where the hook's call has put its
	 * return address, WIRE_HOOK_CALL, something else comes to lie than an address in the library. */
	uint64_t outermost, innermost;
	uint64_t pad[3]; /* a cache line: each hook writes to its thread's */
};

/* Where on x86-64 the return address of the hook's call lies, below the frame address of its shim. */
#define WIRE_HOOK_CALL(frame) ((((frame)-96) & ~15ull) - 8)

/* Where in the process the recorder finds what a library that is to go away has there. A forked child has its own. */
struct wire_guest {
	uint64_t start, end;               /* of the library */
	uint64_t mappings, mapping_places; /* address of struct wire_guest_mapping[mapping_places] */
	uint64_t threads, thread_places;   /* address of struct wire_guest_thread[thread_places] */
	uint64_t placeless;                /* address of a uint64_t: so many hooks are under way in threads for which the table had no place */
	uint64_t own;                      /* address of one mapping more, which a forked child does not have: there it is empty */
	uint64_t off;                      /* address of a byte that is 1 where nothing is recorded any more: hooks only pass calls on */
	/* For patches that the recorder writes itself. The address of uint64_t[WIRE_SHIMS]: what goes into wire_patched.shim, at twice
	 * its action, and one more for what allocates by an out argument or frees another argument than its first. And the addresses of
	 * what goes into wire_patched.entered: of a byte for each number of a mark, and of the byte for an exit. */
	uint64_t shims, entered, exits;
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
	WIRE_PROCESS_READY = 1,   /* filled in */
	WIRE_PROCESS_TAKEN = 2,   /* the recorder has seen it */
	WIRE_PROCESS_DONE = 3,    /* the recorder takes it to have ended, and reads its rings no more */
	WIRE_PROCESS_CLAIMED = 4, /* being filled in */
};

/* wire_process.plan */
enum {
	WIRE_PLAN_WANTED = 1, /* by the program, which waits for the next */
	WIRE_PLAN_READY = 2,  /* by the recorder */
	WIRE_PLAN_DONE = 3,   /* by the program: it has said in the plan what it did; it may ask again */
};

/* A copy of a process that it has made of itself: the recorder asks for it (wire_process.copy_at), the next call
 * of a hook takes that to 0 and makes it, and the copy then reads its own memory for the recorder,
 * which may not do so. A page, and behind it what was read. */
struct wire_copy {
	uint32_t state;   /* futex: enum below */
	uint32_t sibling; /* 1: the process is the recorder's own child, and the copy is to be so, too */
	/* By the process: the copy's number, or why there is none (an errno); the thread that has made it, when,
	 * and when the kernel was done with it; and what the thread's registers held, general by their DWARF
	 * numbers. */
	uint32_t pid;
	uint32_t failed;
	uint32_t thread;
	uint32_t zero;
	uint64_t stamp, made;
	uint64_t pc, thread_pointer;
	uint64_t general[33];
	/* Reading: the recorder says from where and how many bytes, and adds one to asked; the copy says
	 * how many it could read, and has answered follow. */
	uint64_t from;
	uint32_t bytes, got;
	uint32_t asked, answered; /* futexes */
};

enum {
	WIRE_COPY_TAKEN = 1,  /* by the process: somebody makes it */
	WIRE_COPY_MADE = 2,   /* by the copy: it waits for what is to be read */
	WIRE_COPY_FAILED = 3, /* by either: there is none */
};

#define WIRE_COPY_READ_BYTES (256u << 10) /* at once */
#define WIRE_COPY_BYTES (WIRE_PAGE + WIRE_COPY_READ_BYTES)

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

enum { WIRE_MAX_BUILD_ID = 32 };

struct wire_plan_module {
	uint64_t bias;        /* the file's load address */
	uint64_t code_at;     /* where in the program the code is to lie, a multiple of WIRE_PAGE */
	uint32_t code_bytes;  /* it is mapped up to a multiple of WIRE_PAGE */
	uint32_t code_offset; /* in the plan */
	uint64_t build_id_at; /* where in the program the build-id must be; 0: the file has none */
	uint8_t build_id[WIRE_MAX_BUILD_ID];
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

enum { WIRE_MAX_PATCH = 32 };

struct wire_patch {
	uint64_t entry;
	uint8_t expected[WIRE_MAX_PATCH]; /* what must be there */
	uint8_t over[WIRE_MAX_PATCH];     /* what is written over the end of it */
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
	/* Which arguments have these meanings, from 1 on; 0: none has. sized is the size of the
	 * block that it frees. */
	uint8_t size, count, pointer, out, sized;
	uint8_t stack_words; /* to hand on to the original, an even number: it may have arguments there */
	uint8_t fresh;       /* 1: nobody has written to a block that it makes */
	/* A call from the file's own code that names the entry itself is a part of that file's
	 * work, and is not recorded. */
	uint64_t entry, own_start, own_bytes;
	/* Of a function whose first entry is marked: where a byte is 0 until it is entered, as the
	 * recorder has it a number below WIRE_MAX_MARKED. */
	uint64_t entered;
	uint32_t mark;    /* the number of the name by which it is marked or counted */
	uint8_t apart;    /* 1: no block that it makes begins where another one ends */
	uint8_t built_on; /* 1: it may have its blocks from another allocator */
	uint8_t weight;   /* of a function that is counted: enum below */
	uint8_t throws;   /* 1: it throws where there is no memory */
};

/* What a function does to blocks: internal/tracker/wire/action.go tells each. */
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
	WIRE_ACTION_MARK,
	WIRE_ACTION_EXIT,
	WIRE_ACTION_COUNT,   /* any function: each entry is an event */
	WIRE_ACTION_FAILURE, /* what a language calls where an allocation has failed; size is of how many bytes it was */
	WIRE_ACTION_FILTER,  /* prctl(2), whose arguments begin at pointer, or with a number in front, syscall(2): either may install a filter */
	WIRE_ACTION_FRAMES,  /* what an unwinder calls to find what describes the code at an address (frames.h) */
};

#define WIRE_SHIMS (2u * (WIRE_ACTION_FRAMES + 1))

/* What the argument is that is a weight (wire_patched.size): a word, or half of one, above which
 * anything may stand; or a text, which weighs the bytes that a copy of it takes, with its end. */
enum {
	WIRE_WEIGHT_LONG,
	WIRE_WEIGHT_INT,
	WIRE_WEIGHT_UNSIGNED,
	WIRE_WEIGHT_TEXT,
	WIRE_WEIGHT_WIDE_TEXT,   /* of characters of four bytes */
	WIRE_WEIGHT_TEXT_WITHIN, /* of so many bytes at most as the argument wire_patched.count says, its end included */
	WIRE_WEIGHT_TEXT_CUT,    /* the same, and an end behind them */
};

/* What a thread counts where blocks are sampled. It is written with each block, so that it
 * outlives the program, however that ends. What was allocated is drawn - left - inner_bytes
 * bytes in blocks - inner_blocks blocks. */
struct wire_countdown {
	uint64_t left;   /* bytes until the next sample; 0: none has been drawn */
	uint64_t blocks; /* that were allocated */
	uint64_t drawn;  /* bytes that were allocated, and left */
	/* Of these, what was allocated within the calls of allocators that are built on others. */
	uint64_t inner_bytes, inner_blocks;
	uint64_t doubtful; /* 1: these numbers may be wrong (sample_settle, sample_failed) */
	uint64_t pad[2];
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
	struct wire_countdown countdown;
};

#define WIRE_ENV "HEAPPROF_RECORDER" /* pid:descriptor of the shared memory in the recorder */

_Static_assert(sizeof(struct wire_control) == 144 + WIRE_MAX_PROCESSES / 8 + WIRE_MAX_COUNTED * 4 + WIRE_MAX_MARKS * 128 && sizeof(struct wire_control) <= WIRE_PAGE, "control layout");
_Static_assert(sizeof(struct wire_process) == 512, "process layout");
_Static_assert(WIRE_MAX_PROCESSES <= WIRE_BADGE_PLACES * WIRE_BADGE_PLACES, "a badge is long rather than far away");
_Static_assert(sizeof(struct wire_copy) == 344 && sizeof(struct wire_copy) <= WIRE_PAGE, "copy layout");
_Static_assert(sizeof(struct wire_ring) == 256, "ring layout");
_Static_assert(sizeof(struct wire_plan_module) == 80, "plan layout");
_Static_assert(sizeof(struct wire_patch) == 80, "plan layout");
_Static_assert(sizeof(struct wire_patched) == 64, "plan layout");
_Static_assert(WIRE_CONTROL_BYTES <= WIRE_RINGS_AT, "the process table ends before the rings");

#endif
