/* Filters of system calls, which a program installs by prctl(2) or seccomp(2). */
#ifndef HEAPPROF_FILTER_H
#define HEAPPROF_FILTER_H

#include "sys.h"

enum {
	PR_SET_SECCOMP_ = 22,
	PR_SET_TSC_ = 26,
	PR_TSC_SIGSEGV_ = 2,
	MODE_STRICT = 1,
	MODE_FILTER = 2,
	SECCOMP_SET_MODE_STRICT_ = 0,
	SECCOMP_SET_MODE_FILTER_ = 1,
};

/* All of the tracker's system calls. */
#define FILTER_ALL ((1u << SYS_CALLS) - 1)

/* Which of them (bits of enum sys_call) a filter forbids, by its struct sock_fprog, which may be no such thing. */
uint32_t filter_forbids(uintptr_t program);

/* Reports whether prctl(2), or the system call of that number, with these arguments, may install a filter, or take the clock
 * away. */
ALWAYS_INLINE bool filter_concerns(long number) { return number == NR_prctl || number == NR_seccomp; }

/* That call is about to be made with these arguments: whatever comes of it, the tracker makes none of the calls any more that
 * it would forbid. For hooks that are gone by the time that it has been made. */
COLD void filter_entered(long number, const uintptr_t *arguments, uintptr_t frame_address);

#endif
