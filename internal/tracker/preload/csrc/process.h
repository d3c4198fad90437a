/* What the rooms of the library know of the process, and whether it records at all. */
#ifndef HEAPPROF_PROCESS_H
#define HEAPPROF_PROCESS_H

#include "base.h"
#include "wire.h"

struct process {
	struct wire_control *control; /* NULL: not recording */
	struct wire_process *slot;
	void *slot_page;  /* the part of the process table that it is in */
	uint32_t index;   /* of the slot in the process table */
	uint32_t *alive;  /* a word that reads 0 in a forked child */
	int pid;          /* in its own pid namespace */
	bool elsewhere;   /* that may be another than the recorder's */
	uint32_t depth;   /* frames a stack has at most */
	bool off;         /* hooks only pass through: no recorder, or it has gone, or a child that is not to be recorded */
	bool unhooked;    /* the real functions' own entries are not hooked: who binds to them first is not recorded */
	bool clockless;   /* the clock must not be read: who comes now is lost, and counted */
	bool many;        /* more than one thread has recorded */
	bool loader_held; /* another thread may have held a lock of the loader's when this process was forked, for ever */
};

extern struct process process;

/* Stops recording for good; the program runs on as if nothing had happened. */
void process_stop(void);

/* An allocator call that is not in the profile. */
COLD void process_count_lost(void);

/* Counts this process as one that is not recorded, once, however many programs it begins. */
COLD void process_count_unprofiled(struct wire_control *c);

/* This process's id as the recorder has it. In a pid namespace of its own a
 * process knows another one; but the /proc through which the recorder was found
 * is of the recorder's namespace, and says what we are called there. A forked child
 * may have another /proc. */
uint32_t process_pid_outside(void);

#endif
