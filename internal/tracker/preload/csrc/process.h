/* The process: its memory shared with the recorder, the functions it wraps,
 * and whether it records at all. */
#ifndef HEAPPROF_PROCESS_H
#define HEAPPROF_PROCESS_H

#include "base.h"
#include "imports.h"
#include "wire.h"

/* The wrapped functions' own definitions: those behind us in the search order. */
struct real {
	void *(*malloc)(size_t);
	void *(*calloc)(size_t, size_t);
	void *(*realloc)(void *, size_t);
	void *(*reallocarray)(void *, size_t, size_t);
	void (*free)(void *);
	int (*posix_memalign)(void **, size_t, size_t);
	void *(*aligned_alloc)(size_t, size_t);
	void *(*memalign)(size_t, size_t);
	void *(*valloc)(size_t);
	void *(*pvalloc)(size_t);
	void (*free_sized)(void *, size_t);
	void (*free_aligned_sized)(void *, size_t, size_t);
	size_t (*malloc_usable_size)(void *);
	int (*dlclose)(void *);
	int (*dl_iterate_phdr)(int (*)(struct dl_phdr_info *, size_t, void *), void *);
};

struct process {
	struct real real;
	struct wire_control *control; /* NULL: not recording */
	struct wire_process *slot;
	void *slot_page; /* the part of the process table that it is in */
	uint32_t index;  /* of the slot in the process table */
	uint32_t *alive; /* a word that reads 0 in a forked child */
	int pid;        /* in its own pid namespace */
	bool elsewhere; /* that may be another than the recorder's */
	uint32_t depth; /* frames a stack has at most */
	bool off; /* hooks only pass through: no recorder, or it has gone, or a child that is not to be recorded */
	bool unhooked; /* the real functions' own entries are not hooked: who binds to them first is not recorded */
	bool clockless; /* the clock must not be read: who comes now is lost, and counted */
	bool many; /* more than one thread has recorded */
	bool loader_held; /* another thread may have held a lock of the loader's when this process was forked, for ever */
	bool has_key;
	unsigned key; /* calls pool_thread_ended when a thread ends */
};

extern struct process process;

/* Maps a part of the shared memory by the recorder's descriptor; NULL where that
 * cannot be had. */
void *process_map(uint64_t offset, size_t bytes);

/* The same without a descriptor, if that can be had: the program may be at its limit, or
 * in another root than at its start. */
void *process_map_again(uint64_t offset, size_t bytes);

/* Finds the wrapped functions and joins the recorder, once; every later call
 * returns at once. False while the first call is still under way in this very
 * thread. */
bool core_start(void);

/* Starts, and makes all ready that a first block needs: before its own first
 * block the program may have locked itself into a sandbox. */
void core_make_ready(void);

/* Looks whether this process is a fork that does not know it yet, as after a raw
 * clone: its rings are its parent's. It gets its own, or stops recording. */
void process_notice_fork(void);

/* The same after a fork that was announced before, in the hook whose frame is at
 * frame_address, so that the child begins with what there was at that moment. 0:
 * there was no need. */
uint32_t fork_announce(uintptr_t frame_address);
void process_notice_fork_of(uint32_t announced);

/* Stops recording for good; the program runs on as if nothing had happened. */
void process_stop(void);

/* An allocator call that is not in the profile. */
COLD void process_count_lost(void);
/* Counts this process as one that is not recorded, once, however many programs it begins. */
COLD void process_count_unprofiled(struct wire_control *c);

#endif
