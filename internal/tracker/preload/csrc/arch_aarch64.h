/* What differs between processors: system calls, the cycle counter, and where
 * a frame keeps what the unwinder needs. This is arm64; arch_x86_64.h has the
 * same names. */
#ifndef HEAPPROF_ARCH_AARCH64_H
#define HEAPPROF_ARCH_AARCH64_H

#include "base.h"

/* Not formatted: it breaks assembly elsewhere than instructions end. */
/* clang-format off */

/* System call numbers, from the kernel's generic table. */
enum {
	NR_getcwd = 17,
	NR_openat = 56,
	NR_close = 57,
	NR_read = 63,
	NR_readlinkat = 78,
	NR_newfstatat = 79,
	NR_futex = 98,
	NR_sched_yield = 124,
	NR_kill = 129,
	NR_tgkill = 131,
	NR_rt_sigaction = 134,
	NR_rt_sigprocmask = 135,
	NR_prctl = 167,
	NR_getpid = 172,
	NR_getppid = 173,
	NR_gettid = 178,
	NR_clone = 220,
	NR_wait4 = 260,
	NR_setsid = 157,
	NR_exit_group = 94,
	NR_close_range = 436,
	NR_brk = 214,
	NR_munmap = 215,
	NR_mremap = 216,
	NR_mmap = 222,
	NR_mprotect = 226,
	NR_madvise = 233,
	NR_seccomp = 277,
};

ALWAYS_INLINE long arch_syscall(long nr, long a, long b, long c, long d, long e, long f) {
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;
	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory", "cc");
	return x0;
}

/* The generic timer's counter: one clock for all processors, but a slow one, of
 * 24 MHz to 1 GHz. The barrier keeps it from being read before the branch that
 * looked at the block's address was decided, hence before that address was known
 * (Arm ARM, D11.2.1 and B2.3). */
ALWAYS_INLINE uint64_t arch_counter(void) {
	uint64_t ticks;
	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(ticks)::"memory");
	return ticks;
}

/* Before and after an action. Within one tick a thread may free a block and
 * another one be given it: the lowest bit puts the death before the birth.
 *
 * A stamp is published by a store-release, and whatever hands the block's
 * address to another thread (the allocator's lock, the program's own) is one,
 * too, and later. So who sees the address sees the event. */
ALWAYS_INLINE uint64_t arch_stamp_before(void) { return arch_counter() << 1; }
ALWAYS_INLINE uint64_t arch_stamp_after(void) { return arch_counter() << 1 | 1; }

/* Ticks of so many seconds. */
ALWAYS_INLINE uint64_t arch_ticks(unsigned seconds) {
	uint64_t hertz;
	__asm__("mrs %0, cntfrq_el0" : "=r"(hertz));
	return seconds * hertz << 1;
}

/* The same where no other thread has recorded. */
ALWAYS_INLINE uint64_t arch_stamp_alone(void) { return arch_stamp_before(); }

/* Reports whether a thread may read a stamp before an action that is less than its last
 * one after another. */
#define ARCH_COARSE_STAMPS 1

/* The links of a file, by the third word of struct stat. */
ALWAYS_INLINE uint64_t arch_stat_links(uint64_t word) { return word >> 32; }

/* What the registers hold, by their DWARF numbers, of which those that a call may change are left out; and where that is
 * so. */
ALWAYS_INLINE uintptr_t arch_registers(uint64_t *general) {
	uintptr_t pc;
	__asm__ volatile("stp x18, x19, [%1, 144]\n\t"
	                 "stp x20, x21, [%1, 160]\n\t"
	                 "stp x22, x23, [%1, 176]\n\t"
	                 "stp x24, x25, [%1, 192]\n\t"
	                 "stp x26, x27, [%1, 208]\n\t"
	                 "stp x28, x29, [%1, 224]\n\t"
	                 "mov %0, sp\n\t"
	                 "stp x30, %0, [%1, 240]\n\t"
	                 "adr %0, 1f\n"
	                 "1:"
	                 : "=&r"(pc)
	                 : "r"(general)
	                 : "memory");
	return pc;
}

/* Defines a function of the given name that only jumps to where the pointer
 * target says, a hidden variable: the target returns to its caller. */
#define ARCH_JUMP_THROUGH(name, target) \
	__asm__(".text\n" \
	        ".p2align 2\n" \
	        ".globl " #name "\n" \
	        ".type " #name ", %function\n" \
	        #name ":\n" \
	        ".cfi_startproc\n" \
	        "hint 34\n" /* bti c */ \
	        "adrp x16, " #target "\n" \
	        "ldr x16, [x16, :lo12:" #target "]\n" \
	        "br x16\n" \
	        ".cfi_endproc\n" \
	        ".size " #name ", .-" #name "\n");

/* Defines a hidden function of the given name that calls tell with three words: its own first
 * argument, the caller's stack pointer, and the return address. Then it jumps on to where
 * the pointer target, a hidden variable, says, with all arguments as they were, three at most. */
#define ARCH_JUMP_TELLING(name, tell, target) \
	__asm__(".text\n" \
	        ".p2align 2\n" \
	        ".hidden " #name "\n" \
	        ".globl " #name "\n" \
	        ".type " #name ", %function\n" \
	        #name ":\n" \
	        ".cfi_startproc\n" \
	        "hint 34\n" /* bti c */ \
	        "stp x29, x30, [sp, -48]!\n" \
	        ".cfi_def_cfa_offset 48\n" \
	        ".cfi_offset x29, -48\n" \
	        ".cfi_offset x30, -40\n" \
	        "mov x29, sp\n" \
	        "stp x0, x1, [sp, 16]\n" \
	        "str x2, [sp, 32]\n" \
	        "add x1, sp, 48\n" \
	        "mov x2, x30\n" \
	        "bl " #tell "\n" \
	        "ldp x0, x1, [sp, 16]\n" \
	        "ldr x2, [sp, 32]\n" \
	        "ldp x29, x30, [sp], 48\n" \
	        ".cfi_def_cfa_offset 0\n" \
	        ".cfi_restore x29\n" \
	        ".cfi_restore x30\n" \
	        "adrp x16, " #target "\n" \
	        "ldr x16, [x16, :lo12:" #target "]\n" \
	        "br x16\n" \
	        ".cfi_endproc\n" \
	        ".size " #name ", .-" #name "\n");

/* Defines a function of the given name that the stubs of patched functions jump to,
 * with the address of their struct wire_patched in x16. It calls hook with the address,
 * and that of a struct arch_hook_frame.
 *
 * Who calls a function of its own file may know which registers that leaves alone
 * (gcc's -fipa-ra). So all registers get their values back but those of the result
 * and x16 and x17, which are anybody's between a call and its function. */
#define ARCH_PATCHED_SHIM(name, hook) \
	__asm__(".text\n" \
	        ".p2align 4\n" \
	        ".hidden " #name "\n" \
	        ".globl " #name "\n" \
	        ".type " #name ", %function\n" \
	        #name ":\n" \
	        ".cfi_startproc\n" \
	        "hint 34\n" /* bti c */ \
	        "stp x29, x30, [sp, -192]!\n" \
	        ".cfi_def_cfa_offset 192\n" \
	        ".cfi_offset x29, -192\n" \
	        ".cfi_offset x30, -184\n" \
	        "stp x0, x1, [sp, 16]\n" \
	        "stp x2, x3, [sp, 32]\n" \
	        "stp x4, x5, [sp, 48]\n" \
	        "stp x6, x7, [sp, 64]\n" \
	        "stp x8, x9, [sp, 80]\n" \
	        "stp x10, x11, [sp, 96]\n" \
	        "stp x12, x13, [sp, 112]\n" \
	        "stp x14, x15, [sp, 128]\n" \
	        "str x18, [sp, 144]\n" \
	        "stp x29, x30, [sp, 160]\n" \
	        "mov x29, sp\n" \
	        "add x3, sp, 192\n" \
	        "str x3, [sp, 176]\n" \
	        "mov x0, x16\n" \
	        "add x1, sp, 160\n" \
	        "bl " #hook "\n" \
	        "ldp x2, x3, [sp, 32]\n" \
	        "ldp x4, x5, [sp, 48]\n" \
	        "ldp x6, x7, [sp, 64]\n" \
	        "ldp x8, x9, [sp, 80]\n" \
	        "ldp x10, x11, [sp, 96]\n" \
	        "ldp x12, x13, [sp, 112]\n" \
	        "ldp x14, x15, [sp, 128]\n" \
	        "ldr x18, [sp, 144]\n" \
	        "ldp x29, x30, [sp], 192\n" \
	        ".cfi_def_cfa_offset 0\n" \
	        ".cfi_restore x29\n" \
	        ".cfi_restore x30\n" \
	        "ret\n" \
	        ".cfi_endproc\n" \
	        ".size " #name ", .-" #name "\n");

/* The parts of the functions below: how one begins and ends; pass the call on; and call hook with
 * the structure and the address of a struct arch_hook_frame, and have all registers as they
 * were but x17. */
#define PASSING_BEGIN_(name) \
	".text\n" \
	".p2align 4\n" \
	".hidden " #name "\n" \
	".globl " #name "\n" \
	".type " #name ", %function\n" \
	#name ":\n" \
	".cfi_startproc\n" \
	"hint 34\n" /* bti c */
#define PASSING_END_(name) \
	".cfi_endproc\n" \
	".size " #name ", .-" #name "\n"
#define PASSING_PASS_ \
	"ldr x17, [x16, 8]\n" \
	"br x17\n"
#define PASSING_TELL_(hook) \
	"stp x29, x30, [sp, -192]!\n" \
	".cfi_def_cfa_offset 192\n" \
	".cfi_offset x29, -192\n" \
	".cfi_offset x30, -184\n" \
	"stp x0, x1, [sp, 16]\n" \
	"stp x2, x3, [sp, 32]\n" \
	"stp x4, x5, [sp, 48]\n" \
	"stp x6, x7, [sp, 64]\n" \
	"stp x8, x9, [sp, 80]\n" \
	"stp x10, x11, [sp, 96]\n" \
	"stp x12, x13, [sp, 112]\n" \
	"stp x14, x15, [sp, 128]\n" \
	"stp x16, x18, [sp, 144]\n" \
	"stp x29, x30, [sp, 160]\n" \
	"mov x29, sp\n" \
	"add x3, sp, 192\n" \
	"str x3, [sp, 176]\n" \
	"mov x0, x16\n" \
	"add x1, sp, 160\n" \
	"bl " #hook "\n" \
	"ldp x0, x1, [sp, 16]\n" \
	"ldp x2, x3, [sp, 32]\n" \
	"ldp x4, x5, [sp, 48]\n" \
	"ldp x6, x7, [sp, 64]\n" \
	"ldp x8, x9, [sp, 80]\n" \
	"ldp x10, x11, [sp, 96]\n" \
	"ldp x12, x13, [sp, 112]\n" \
	"ldp x14, x15, [sp, 128]\n" \
	"ldp x16, x18, [sp, 144]\n" \
	"ldp x29, x30, [sp], 192\n" \
	".cfi_def_cfa_offset 0\n" \
	".cfi_restore x29\n" \
	".cfi_restore x30\n"

/* Defines a function of the given name that the stubs of patched functions jump to as well, with
 * the address of their struct wire_patched. It passes the call on, with all registers as they
 * were but x16 and x17. Where the byte that field 48 of the structure points to is 0, it calls
 * hook before, with the structure and the address of a struct arch_hook_frame. */
#define ARCH_PATCHED_UNLESS_ENTERED(name, hook) \
	__asm__(PASSING_BEGIN_(name) \
	        "ldr x17, [x16, 48]\n" \
	        "ldrb w17, [x17]\n" \
	        "cbz w17, 2f\n" \
	        "1: " PASSING_PASS_ \
	        "2: " PASSING_TELL_(hook) \
	        "b 1b\n" \
	        PASSING_END_(name));

/* The same, but it calls hook each time. */
#define ARCH_PATCHED_TELLING(name, hook) \
	__asm__(PASSING_BEGIN_(name) \
	        PASSING_TELL_(hook) \
	        PASSING_PASS_ \
	        PASSING_END_(name));

/* Where a shim has saved the registers of arguments, whose frame is given. */
ALWAYS_INLINE const uintptr_t *arch_shim_arguments(uintptr_t hook_frame) { return (const uintptr_t *)(hook_frame - 144); }

/* What the registers of a result held when that shim was called. */
ALWAYS_INLINE unsigned __int128 arch_shim_results(uintptr_t hook_frame) {
	const uintptr_t *saved = arch_shim_arguments(hook_frame);
	return (unsigned __int128)saved[1] << 64 | saved[0];
}

/* Defines a function of the given name that calls the function in its first argument
 * with the registers that a shim has saved, in its second, and as many words of the
 * stack as its third says, an even number, from where its fourth says. */
#define ARCH_CALL_WITH(name) \
	__asm__(".text\n" \
	        ".p2align 4\n" \
	        ".hidden " #name "\n" \
	        ".globl " #name "\n" \
	        ".type " #name ", %function\n" \
	        #name ":\n" \
	        ".cfi_startproc\n" \
	        "hint 34\n" /* bti c */ \
	        "stp x29, x30, [sp, -16]!\n" \
	        ".cfi_def_cfa_offset 16\n" \
	        ".cfi_offset x29, -16\n" \
	        ".cfi_offset x30, -8\n" \
	        "mov x29, sp\n" \
	        ".cfi_def_cfa_register x29\n" \
	        "mov x16, x0\n" \
	        "mov x17, x1\n" \
	        "cbz x2, 2f\n" \
	        "add x3, x3, x2, lsl 3\n" \
	        "1: ldp x4, x5, [x3, -16]!\n" \
	        "stp x4, x5, [sp, -16]!\n" \
	        "sub x2, x2, 2\n" \
	        "cbnz x2, 1b\n" \
	        "2: ldp x0, x1, [x17]\n" \
	        "ldp x2, x3, [x17, 16]\n" \
	        "ldp x4, x5, [x17, 32]\n" \
	        "ldp x6, x7, [x17, 48]\n" \
	        "ldr x8, [x17, 64]\n" \
	        "ldr x18, [x17, 128]\n" /* a nested function's way to its outer one's variables */ \
	        "blr x16\n" \
	        "mov sp, x29\n" \
	        "ldp x29, x30, [sp], 16\n" \
	        ".cfi_def_cfa sp, 0\n" \
	        ".cfi_restore x29\n" \
	        ".cfi_restore x30\n" \
	        "ret\n" \
	        ".cfi_endproc\n" \
	        ".size " #name ", .-" #name "\n");

/* Calls function, which may be any code, and has the vector registers as they were. */
static inline void arch_keeping_vectors(void (*function)(void *), void *data) {
	uint64_t area[64] __attribute__((aligned(16)));
#define EACH_PAIR(one) \
	one(0, 1, 0) one(2, 3, 32) one(4, 5, 64) one(6, 7, 96) one(8, 9, 128) one(10, 11, 160) one(12, 13, 192) one(14, 15, 224) \
	one(16, 17, 256) one(18, 19, 288) one(20, 21, 320) one(22, 23, 352) one(24, 25, 384) one(26, 27, 416) one(28, 29, 448) one(30, 31, 480)
#define STORE(a, b, at) "stp q" #a ", q" #b ", [%0, " #at "]\n\t"
#define LOAD(a, b, at) "ldp q" #a ", q" #b ", [%0, " #at "]\n\t"
	__asm__ volatile(".arch_extension fp\n\t" EACH_PAIR(STORE)::"r"(area) : "memory");
	function(data);
	__asm__ volatile(".arch_extension fp\n\t" EACH_PAIR(LOAD)::"r"(area) : "memory");
#undef EACH_PAIR
#undef STORE
#undef LOAD
}

/* Fills memory with a byte, at such a length or above faster than word by word: here at none. */
#define ARCH_FILL_FROM SIZE_MAX
ALWAYS_INLINE void arch_fill(void *to, int byte, size_t n) { (void)to, (void)byte, (void)n; }

/* Makes the processor see code that was just written (Arm ARM, B2.7.4): what was
 * written goes to where instructions are fetched from, and what was fetched before
 * is dropped. 4 is the smallest line of a cache. */
static inline void arch_code_written(uintptr_t at, size_t bytes) {
	uint64_t type;
	__asm__("mrs %0, ctr_el0" : "=r"(type));
	uintptr_t data_line = 4ul << (type >> 16 & 15), code_line = 4ul << (type & 15), end = at + bytes;
	for (uintptr_t p = at & ~(data_line - 1); p < end; p += data_line) __asm__ volatile("dc cvau, %0" ::"r"(p) : "memory");
	__asm__ volatile("dsb ish" ::: "memory");
	for (uintptr_t p = at & ~(code_line - 1); p < end; p += code_line) __asm__ volatile("ic ivau, %0" ::"r"(p) : "memory");
	__asm__ volatile("dsb ish\n\tisb" ::: "memory");
}

/* Reports whether the processor keeps a stack of return addresses of its own, which would
 * not know one that code has pushed. */
ALWAYS_INLINE bool arch_shadow_stack(void) { return false; }

/* What a system-call filter is told of the processor (linux/audit.h). */
static const uint32_t arch_audit = 0xc00000b7;

/* Defines the function name, which jumps on to where the pointer real says, a hidden
 * variable, unless its first argument is NR_prctl or NR_seccomp: then to installs. */
#define ARCH_SYSCALL_UNLESS_INSTALLS(name, installs, real) \
	__asm__(".text\n" \
	        ".p2align 2\n" \
	        ".globl " #name "\n" \
	        ".type " #name ", %function\n" \
	        #name ":\n" \
	        ".cfi_startproc\n" \
	        "hint 34\n" /* bti c */ \
	        "cmp x0, 167\n" \
	        "b.eq 1f\n" \
	        "cmp x0, 277\n" \
	        "b.eq 1f\n" \
	        "adrp x16, " #real "\n" \
	        "ldr x16, [x16, :lo12:" #real "]\n" \
	        "br x16\n" \
	        "1: b " #installs "\n" \
	        ".cfi_endproc\n" \
	        ".size " #name ", .-" #name "\n");

/* Where the thread library keeps what it knows of the thread. */
ALWAYS_INLINE uintptr_t arch_thread_pointer(void) { return (uintptr_t)__builtin_thread_pointer(); }

ALWAYS_INLINE void arch_pause(void) { __asm__ volatile("yield"); }

/* Bits of an address of the program's: larger ones only on special request (mmap
 * with a hint, where the kernel has them). */
enum { ARCH_ADDRESS_BITS = 48 };

/* A block's address without what the processor ignores: the top byte, where
 * memory tagging keeps its tag. */
ALWAYS_INLINE uintptr_t arch_address(uintptr_t pointer) { return pointer & ~(0xffull << 56); }

/* A return address as it was saved, without a signature: pointer authentication
 * keeps one in the bits that an address leaves over. */
ALWAYS_INLINE uintptr_t arch_unsigned(uintptr_t ra) { return ra & ((1ull << ARCH_ADDRESS_BITS) - 1); }

/* Where a hook's caller is: the address of two words, the caller's frame pointer
 * and the return address. The hook's own frame record has them, too, but it lies
 * anywhere in its frame, so the caller's stack pointer must be noted with them. */
struct arch_hook_frame {
	uintptr_t fp, ra, sp;
};
#define ARCH_HOOK_FRAME \
	((uintptr_t)&(struct arch_hook_frame){ \
		*(const uintptr_t *)__builtin_frame_address(0), \
		arch_unsigned((uintptr_t)__builtin_return_address(0)), \
		(uintptr_t)__builtin_dwarf_cfa(), \
	})

/* The caller's stack pointer after the hook has returned. */
ALWAYS_INLINE uintptr_t arch_caller_sp(uintptr_t hook_frame) { return ((const struct arch_hook_frame *)hook_frame)->sp; }

/* A call leaves the return address in a register, and a function saves it where
 * it likes. */
#define ARCH_RA_BELOW_CFA 0

/* DWARF register numbers (DWARF for the Arm 64-bit Architecture, table 4.1). */
enum {
	DWARF_FP = 29, /* x29 */
	DWARF_SP = 31,
	DWARF_PC = 32, /* in no expression */
};

/* Offsets from the CFA, in words, of what a frame has saved. Arrays lie between
 * the two, so they may be large. */
typedef int32_t arch_words;

/* A signal frame: at the return address of the handler, sp points at a siginfo_t
 * and the ucontext_t behind it; its registers lie at these offsets
 * (asm/ucontext.h, asm/sigcontext.h). */
enum {
	SIGFRAME_REGISTERS = 128 + 176 + 8,
	SIGFRAME_FP = SIGFRAME_REGISTERS + 29 * 8,
	SIGFRAME_LR = SIGFRAME_REGISTERS + 30 * 8,
	SIGFRAME_SP = SIGFRAME_REGISTERS + 31 * 8,
	SIGFRAME_PC = SIGFRAME_REGISTERS + 32 * 8,
};

/* What a handler returns to, where nothing describes it: mov x8, 139; svc 0. */
#define ARCH_SIGRETURN {0x68, 0x11, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4}

/* A handler returns to the kernel's own code on this machine. */
#define ARCH_SA_RESTORER 0ul
#define ARCH_RESTORER(name) static void (*const name)(void) = NULL;

/* The relocations of the slots by which a library calls others (elf.h). */
#define ARCH_GLOB_DAT R_AARCH64_GLOB_DAT
#define ARCH_JUMP_SLOT R_AARCH64_JUMP_SLOT

/* Where the call in front of a return address goes; 0 if that is not in the
 * instruction (Arm ARM, C6.2: BL and 26 bits of words). Reads four bytes in front. */
static inline uintptr_t arch_call_target(uintptr_t return_address) {
	if (return_address % 4) return 0;
	uint32_t code = *(const uint32_t *)(return_address - 4);
	if (code >> 26 != 0x25) return 0;
	return return_address - 4 + (uintptr_t)(intptr_t)((int32_t)(code << 6) >> 4);
}

/* Reports whether the call in front of a return address goes to where a register says (Arm ARM,
 * C6.2: BLR and its authenticating forms). Reads four bytes in front. */
static inline bool arch_calls_somewhere(uintptr_t return_address) {
	if (return_address % 4) return false;
	return (*(const uint32_t *)(return_address - 4) & 0xfefff000) == 0xd63f0000;
}

/* A frame record lies at the lower end of its frame, or anywhere in it. */
static inline intptr_t arch_frame_bytes(uintptr_t lo, uintptr_t hi, uintptr_t pc) {
	(void)lo, (void)hi, (void)pc;
	return -1;
}

/* How code leaves its frame: nothing is told of that here, where code that calls keeps a record. */
struct arch_leaving {
	bool known, pops_fp;
	uintptr_t bytes, fp_at;
};
enum { ARCH_LEAVING_BYTES = 8 };
static inline struct arch_leaving arch_leaving(uintptr_t at) { return (void)at, (struct arch_leaving){0}; }

/* Reports whether the code at an address saves the frame pointer and the return address at
 * once: stp x29, x30 in its first or second word. Reads eight bytes. */
static inline bool arch_saves_fp(uintptr_t address) {
	const uint32_t *code = (const uint32_t *)address;
	return (code[0] & 0xfe407fff) == 0xa8007bfd || (code[1] & 0xfe407fff) == 0xa8007bfd;
}

/* Reports whether the code at an address jumps on at once to where a word in memory says,
 * as an entry of the procedure linkage table does: it begins with adrp x16.
 * Reads eight bytes. */
static inline bool arch_jumps_on(uintptr_t address) {
	const uint32_t *code = (const uint32_t *)address;
	if (*code == 0xd503245f) code++; /* bti c */
	return (*code & 0x9f00001f) == 0x90000010;
}

/* Where the pointer lies by which the call in front of a return address goes: no instruction says
 * that here. */
static inline uintptr_t arch_call_slot(uintptr_t return_address) { return (void)return_address, 0; }

/* Where the pointer lies by which an entry of the procedure linkage table jumps on, which loads it
 * with ADRP and LDR; 0: no such entry is at the address. Reads twelve bytes. */
static inline uintptr_t arch_jump_slot(uintptr_t address) {
	const uint32_t *code = (const uint32_t *)address;
	if (*code == 0xd503245f) code++; /* bti c */
	if ((code[0] & 0x9f00001f) != 0x90000010 || (code[1] & 0xffc003ff) != 0xf9400211) return 0;
	int64_t pages = (int64_t)((uint64_t)(code[0] >> 5 & 0x7ffff) << 45) >> 43 | (code[0] >> 29 & 3);
	return ((uintptr_t)code & ~(uintptr_t)4095) + (uintptr_t)(pages << 12) + (uintptr_t)(code[1] >> 10 & 0xfff) * 8;
}

#include "arch_sample_aarch64.h"

#endif
