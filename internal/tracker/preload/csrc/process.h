/* What the rooms of the library know of the process, and whether it records at all. */
#ifndef HEAPPROF_PROCESS_H
#define HEAPPROF_PROCESS_H

#include "base.h"
#include "wire.h"

struct process {
	struct wire_control *control; /* NULL: not recording */
	struct wire_process *slot;
	void *slot_page;                       /* the part of the process table that it is in */
	uint32_t index;                        /* of the slot in the process table */
	uint32_t *alive;                       /* a page, with a word that is 0 in a forked child which has not begun its own recording */
	int pid;                               /* in its own pid namespace */
	bool elsewhere;                        /* its pid namespace may be another than the recorder's */
	uint32_t depth;                        /* frames a stack has at most */
	uint32_t max_nodes;                    /* that the call tree may have */
	uint64_t sample_mean;                  /* bytes from one sampled block to the next, on average; 0: every block is recorded */
	bool off;                              /* nothing is recorded: there is no recorder, or it has gone, or this is a child that is not to be recorded */
	bool unpatched;                        /* the real functions' entries are not patched: what a library binds to past the tracker is not recorded */
	bool paused;                           /* the clock must not be read: calls are counted as lost */
	bool many_threads;                     /* more than one thread has recorded */
	bool frees;                            /* what frees a block is recorded with its stack, too */
	bool retained;                         /* blocks are made so that it shows what holds them (fresh.h) */
	bool apart;                            /* no block of theirs has begun where another one may end */
	bool keeps_limit;                      /* what comes above a limit is refused */
	bool ends_at_limit;                    /* and ends the process */
	bool fails;                            /* some allocations are to fail */
	bool fails_by_stack;                   /* of them those of some stacks */
	bool resizes_specially;                /* blocks are sampled, or there is a limit, so that it is told who resizes them */
	bool layered;                          /* an allocator has been seen that takes its blocks from another one */
	bool leaf;                             /* the C library's allocator calls no wrapped function */
	bool python;                           /* stacks have the frames of Python's functions */
	uint32_t python_state, python_version; /* wire_process.python and its kin */
	bool loader_held;                      /* a forked child: a thread of its parent's may have held a lock of the loader's, which nobody will release */
};

extern struct process process;

/* Where what this process alone has mapped is noted: behind alive, so that a forked child has it empty. */
static inline struct wire_guest_mapping *process_own_mapping(void) { return (struct wire_guest_mapping *)(process.alive + 2); }

/* Stops recording for good; the program runs on as if nothing had happened. */
void process_stop(void);

/* Counts an allocator call that will not be in the profile. */
COLD void process_count_lost(void);

/* Notes that a stack has so many frames, more than the limit on depth. */
COLD void process_count_deep(uint32_t depth);

/* Counts this process as one that is not recorded, once, however many programs it begins. */
COLD void process_count_unprofiled(struct wire_control *c);

/* This process's id as the recorder has it. In a pid namespace of its own a
 * process knows another one; but the /proc through which the recorder was found
 * is of the recorder's namespace, and says what this process is called there. A forked child
 * may have another /proc. */
uint32_t process_pid_outside(void);

#endif
