/* What differs between processors: system calls, the cycle counter, and where
 * a frame keeps what the unwinder needs. */
#ifndef HEAPPROF_ARCH_X86_64_H
#define HEAPPROF_ARCH_X86_64_H

#include "base.h"

/* System call numbers, from the kernel's x86-64 table. */
enum {
	NR_read = 0,
	NR_close = 3,
	NR_mmap = 9,
	NR_munmap = 11,
	NR_rt_sigprocmask = 14,
	NR_sched_yield = 24,
	NR_mremap = 25,
	NR_madvise = 28,
	NR_getpid = 39,
	NR_kill = 62,
	NR_getcwd = 79,
	NR_gettid = 186,
	NR_futex = 202,
	NR_tgkill = 234,
	NR_openat = 257,
	NR_readlinkat = 267,
};

ALWAYS_INLINE long arch_syscall(long nr, long a, long b, long c, long d, long e, long f) {
	long ret;
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	__asm__ volatile("syscall"
	                 : "=a"(ret)
	                 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
	                 : "rcx", "r11", "memory");
	return ret;
}

/* The cycle counter before an action: it may be read early, never late, since
 * stores become visible in program order. */
ALWAYS_INLINE uint64_t arch_stamp_before(void) {
	uint32_t lo, hi;
	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi)::"memory");
	return (uint64_t)hi << 32 | lo;
}

/* The cycle counter after an action: rdtscp waits until every instruction
 * before it has been executed, so a block's birth is not stamped before the
 * death of the block that had its address. */
ALWAYS_INLINE uint64_t arch_stamp_after(void) {
	uint32_t lo, hi, cpu;
	__asm__ volatile("rdtscp" : "=a"(lo), "=d"(hi), "=c"(cpu)::"memory");
	return (uint64_t)hi << 32 | lo;
}

ALWAYS_INLINE void arch_pause(void) { __asm__ volatile("pause"); }

/* DWARF register numbers (System V ABI, AMD64 supplement, figure 3.36). */
enum {
	DWARF_FP = 6,  /* rbp */
	DWARF_SP = 7,  /* rsp */
	DWARF_RA = 16, /* return address */
};

/* A signal frame: at the return address of the handler, sp points at a
 * ucontext_t; its registers lie at these offsets (asm/ucontext.h). */
enum {
	SIGFRAME_FP = 120,
	SIGFRAME_SP = 160,
	SIGFRAME_PC = 168,
};

/* Whether the instruction in front of p may be a call; the eight bytes in front
 * of it can be read. (AMD64 manual, volume 3: E8, and FF with 2 in its register field.) */
static inline bool arch_follows_call(const uint8_t *p) {
	if (p[-5] == 0xe8) return true;
	for (int n = 2; n <= 7; n++)
		if (n != 5 && p[-n] == 0xff && (p[1 - n] & 0x38) == 0x10) return true;
	return false;
}

#endif
