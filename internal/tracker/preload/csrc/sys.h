/* System calls. Each returns what the kernel returns: a value, or a negative
 * errno. None touches the program's errno. */
#ifndef HEAPPROF_SYS_H
#define HEAPPROF_SYS_H

#include "arch.h"

enum {
	SYS_PAGE = 4096, /* bytes; the smallest that any kernel has */
	SYS_LARGEST_PAGE = 65536,
};

enum {
	SYS_EPERM = 1,
	SYS_EBUSY = 16,
	SYS_EINVAL = 22,
	SYS_ESRCH = 3,
};

/* The system calls that the tracker makes, as finely as a filter may tell them apart. */
enum sys_call {
	SYS_CALL_MAP,
	SYS_CALL_MAP_SHARED,
	SYS_CALL_MAP_AGAIN,
	SYS_CALL_BREAK,
	SYS_CALL_SET_MEMORY,
	SYS_CALL_PROTECT,
	SYS_CALL_UNMAP,
	SYS_CALL_ADVISE,
	SYS_CALL_OPEN,
	SYS_CALL_READ,
	SYS_CALL_CLOSE,
	SYS_CALL_READLINK,
	SYS_CALL_STAT,
	SYS_CALL_GETCWD,
	SYS_CALL_GETPID,
	SYS_CALL_GETPPID,
	SYS_CALL_GETTID,
	SYS_CALL_KILL,
	SYS_CALL_TGKILL,
	SYS_CALL_YIELD,
	SYS_CALL_WAIT,
	SYS_CALL_WAKE,
	SYS_CALL_SIGNALS,
	SYS_CALL_READABLE,
	SYS_CALL_CLONE,
	SYS_CALL_CLOSE_ALL,
	SYS_CALL_SESSION,
	SYS_CALL_REAP,
	SYS_CALL_END,
	SYS_CALLS
};

/* An example of each, for filters: arguments that are not known before are 0. */
struct sys_example {
	int nr;
	long args[6];
};
extern const struct sys_example sys_calls[SYS_CALLS];

/* Forbids calls (bits of enum sys_call), at which the system might end the program: they
 * are not made any more, and answer that they are not permitted. */
void sys_forbid(uint32_t calls);
uint32_t sys_forbidden(void);
bool sys_may(enum sys_call call);

/* mmap of fresh private memory, zeroed, or NULL. */
void *sys_map(size_t bytes);
/* mmap of bytes of descriptor fd from offset on, shared, or NULL. */
void *sys_map_shared(int fd, uint64_t offset, size_t bytes);
/* A second mapping of the file behind the shared mapping at old, from the same
 * place on, bytes long; or NULL. Needs no descriptor. */
void *sys_map_again(void *old, size_t bytes);
/* Returns where the break is (brk(2)). */
uintptr_t sys_break(void);
/* Sets where the kernel takes the parts of the program to lie (struct prctl_mm_map in linux/prctl.h);
 * false where that is not possible. */
struct sys_memory {
	uint64_t code[2], data[2], first_break, now_break, stack, arguments[2], environment[2], auxiliary;
	uint32_t auxiliary_bytes;
	int32_t executable;
};
bool sys_set_memory(const struct sys_memory *m);
/* mmap of fresh private memory at a place where nothing is; false where that cannot be had. */
bool sys_map_at(uintptr_t at, size_t bytes);
/* mprotect. Returns 0 or a negative errno. */
enum {
	SYS_NO_ACCESS = 0,
	SYS_READ = 1,
	SYS_READ_WRITE = 3,
	SYS_READ_EXECUTE = 5,
	SYS_READ_WRITE_EXECUTE = 7,
};
int sys_protect(uintptr_t at, size_t bytes, int protection);
void sys_unmap(void *p, size_t bytes);
/* Makes the kernel hand zeroed memory to forked children. Returns 0 or a negative errno. */
int sys_wipe_on_fork(void *p, size_t bytes);
/* Makes the kernel not hand the memory to forked children at all. Returns the same. */
int sys_keep_from_children(void *p, size_t bytes);

/* Gives back the private memory's whole pages, which are zeroed from then on. */
void sys_discard(void *p, size_t bytes);

int sys_open(const char *path, bool writable);
long sys_read(int fd, void *buf, size_t bytes);
void sys_close(int fd);
long sys_readlink(const char *path, char *buf, size_t bytes);
/* Reports whether two paths lead to one file. */
bool sys_same_file(const char *a, const char *b);
long sys_getcwd(char *buf, size_t bytes);
int sys_getpid(void);
int sys_getppid(void);
int sys_gettid(void);
/* Reports whether a process, or a thread of this process, is there. An answer of "no" is certain. */
bool sys_process_exists(int pid);
bool sys_thread_exists(int pid, int tid);
void sys_yield(void);

/* Waits on a shared futex for at most ms milliseconds while *word == seen. */
void sys_futex_wait(uint32_t *word, uint32_t seen, unsigned ms);
void sys_futex_wake(uint32_t *word);

/* Has the handler called at a signal, with all others blocked meanwhile; system calls that it
 * interrupts are made again. Where the thread has an alternate stack the handler runs on that:
 * the other one may be a coroutine's, with less room than a signal takes. Does nothing where the
 * signal is ignored, or has a handler. */
void sys_handle_signal(int number, void (*handler)(int));

/* Blocks every signal of the calling thread. Returns false where that is forbidden. */
bool sys_block_signals(uint64_t *old);
void sys_restore_signals(uint64_t old);

/* Reports whether the eight bytes at p can be read. Never faults. False also where that cannot
 * be asked. */
bool sys_readable(const void *p);

/* Returns how many threads the process has; 0: that is not known. */
unsigned sys_threads(void);

/* Makes a copy of the calling thread and its memory, a process that the program does not see: no signal tells of its
 * end, and no tracer follows it; sibling: nor is it this process's child, but its parent's. Returns its
 * number, which is in *pid before, 0 in the copy, or a negative errno. */
long sys_clone(bool sibling, uint32_t *pid);
/* Has the process, a copy, share none of the program's descriptors, and leave its session. Returns 0 or a negative errno. */
long sys_part(void);
/* Lets go of such a copy, if it has ended. */
bool sys_reap(int pid);
__attribute__((noreturn)) void sys_end(void);
/* Ends this process as if it were killed. */
COLD __attribute__((noreturn)) void sys_be_killed(void);

#endif
