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
	NR_mprotect = 10,
	NR_munmap = 11,
	NR_rt_sigprocmask = 14,
	NR_sched_yield = 24,
	NR_mremap = 25,
	NR_madvise = 28,
	NR_getpid = 39,
	NR_kill = 62,
	NR_getcwd = 79,
	NR_arch_prctl = 158,
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

/* Whether a thread may read a stamp before an action that is less than its last
 * one after another. */
#define ARCH_COARSE_STAMPS 0

/* Defines a function of the given name that only jumps to where the pointer
 * target says, a hidden variable: the target returns to its caller. */
#define ARCH_JUMP_THROUGH(name, target) \
	__asm__(".text\n" \
	        ".globl " #name "\n" \
	        ".type " #name ", @function\n" \
	        #name ":\n" \
	        ".cfi_startproc\n" \
	        "endbr64\n" \
	        "jmp *" #target "(%rip)\n" \
	        ".cfi_endproc\n" \
	        ".size " #name ", .-" #name "\n");

/* Arguments of a function that come in registers. */
enum { ARCH_ARGUMENTS = 6 };

/* Defines the function of the given name that stubs of patched functions jump to,
 * with the address of their struct wire_patched in r11. It calls that one's hook
 * with the address, that of the arguments, and that of its own frame record, and
 * returns what it returns. */
#define ARCH_PATCHED_SHIM(name) \
	__asm__(".text\n" \
	        ".p2align 4\n" \
	        ".hidden " #name "\n" \
	        ".globl " #name "\n" \
	        ".type " #name ", @function\n" \
	        #name ":\n" \
	        ".cfi_startproc\n" \
	        "endbr64\n" \
	        "push %rbp\n" \
	        ".cfi_def_cfa_offset 16\n" \
	        ".cfi_offset %rbp, -16\n" \
	        "mov %rsp, %rbp\n" \
	        ".cfi_def_cfa_register %rbp\n" \
	        "push %r9\n" \
	        "push %r8\n" \
	        "push %rcx\n" \
	        "push %rdx\n" \
	        "push %rsi\n" \
	        "push %rdi\n" \
	        "mov %r11, %rdi\n" \
	        "mov %rsp, %rsi\n" \
	        "mov %rbp, %rdx\n" \
	        "call *8(%r11)\n" \
	        "leave\n" \
	        ".cfi_def_cfa %rsp, 8\n" \
	        "ret\n" \
	        ".cfi_endproc\n" \
	        ".size " #name ", .-" #name "\n");

#define ARCH_CALL(function, a) ((function)((a)[0], (a)[1], (a)[2], (a)[3], (a)[4], (a)[5]))

/* Makes the processor see code that was just written. */
ALWAYS_INLINE void arch_code_written(uintptr_t at, size_t bytes) { (void)at, (void)bytes; }

/* Whether the processor keeps a stack of return addresses of its own, which would
 * not know one that code has pushed (Linux, Documentation/arch/x86/shstk.rst). */
ALWAYS_INLINE bool arch_shadow_stack(void) {
	enum { ARCH_SHSTK_STATUS_ = 0x5005, ARCH_SHSTK_SHSTK_ = 1 };
	uint64_t features = 0;
	return arch_syscall(NR_arch_prctl, ARCH_SHSTK_STATUS_, (long)&features, 0, 0, 0, 0) == 0 && (features & ARCH_SHSTK_SHSTK_);
}

ALWAYS_INLINE void arch_pause(void) { __asm__ volatile("pause"); }

/* Bits of an address of the program's. */
enum { ARCH_ADDRESS_BITS = 47 };

/* A block's address without what the processor ignores. */
ALWAYS_INLINE uintptr_t arch_address(uintptr_t pointer) { return pointer; }

/* Where a hook's caller is: the address of two words, the caller's frame pointer
 * and the return address. Here, the hook's own frame record. */
#define ARCH_HOOK_FRAME ((uintptr_t)__builtin_frame_address(0))

/* The caller's stack pointer after the hook has returned. */
ALWAYS_INLINE uintptr_t arch_caller_sp(uintptr_t hook_frame) { return hook_frame + 16; }

/* A call pushes the return address, so it always lies right below the CFA. */
#define ARCH_RA_BELOW_CFA 1

/* A return address as it was saved, without a signature. */
ALWAYS_INLINE uintptr_t arch_unsigned(uintptr_t ra) { return ra; }

/* DWARF register numbers (System V ABI, AMD64 supplement, figure 3.36). */
enum {
	DWARF_FP = 6,  /* rbp */
	DWARF_SP = 7,  /* rsp */
	DWARF_PC = 16, /* the column of the return address; in expressions, the frame's own pc */
};

/* Offsets from the CFA, in words, of what a frame has saved. */
typedef int16_t arch_words;

/* A signal frame: at the return address of the handler, sp points at a
 * ucontext_t; its registers lie at these offsets (asm/ucontext.h). */
enum {
	SIGFRAME_FP = 120,
	SIGFRAME_SP = 160,
	SIGFRAME_PC = 168,
	SIGFRAME_LR = 0, /* there is no such register */
};

/* What a handler returns to, where nothing describes it: mov $15, %rax; syscall. */
#define ARCH_SIGRETURN {0x48, 0xc7, 0xc0, 0x0f, 0x00, 0x00, 0x00, 0x0f, 0x05}

/* Where the call in front of a return address goes; 0 if that is not in the
 * instruction (AMD64 manual, volume 3: E8 and 32 bits). Reads five bytes in front. */
static inline uintptr_t arch_call_target(uintptr_t return_address) {
	const uint8_t *p = (const uint8_t *)return_address - 5;
	if (p[0] != 0xe8) return 0;
	uint32_t by = p[1] | (uint32_t)p[2] << 8 | (uint32_t)p[3] << 16 | (uint32_t)p[4] << 24;
	return return_address + (uintptr_t)(intptr_t)(int32_t)by;
}

/* Whether the code at an address jumps on at once to where a word in memory says,
 * as an entry of the procedure linkage table does. Reads eight bytes. */
static inline bool arch_jumps_on(uintptr_t address) {
	const uint8_t *p = (const uint8_t *)address;
	if (p[0] == 0xf3 && p[1] == 0x0f && p[2] == 0x1e && p[3] == 0xfa) p += 4; /* endbr64 */
	if (p[0] == 0xf2) p++;                                                    /* bnd */
	return p[0] == 0xff && p[1] == 0x25;
}

#endif
