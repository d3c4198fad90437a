/* What differs between processors: system calls, the cycle counter, and where
 * a frame keeps what the unwinder needs. */
#ifndef HEAPPROF_ARCH_X86_64_H
#define HEAPPROF_ARCH_X86_64_H

#include "base.h"

/* Not formatted: it breaks assembly elsewhere than instructions end. */
/* clang-format off */

/* System call numbers, from the kernel's x86-64 table. */
enum {
	NR_read = 0,
	NR_close = 3,
	NR_mmap = 9,
	NR_mprotect = 10,
	NR_munmap = 11,
	NR_brk = 12,
	NR_rt_sigaction = 13,
	NR_rt_sigprocmask = 14,
	NR_sched_yield = 24,
	NR_mremap = 25,
	NR_madvise = 28,
	NR_getpid = 39,
	NR_getppid = 110,
	NR_kill = 62,
	NR_getcwd = 79,
	NR_prctl = 157,
	NR_arch_prctl = 158,
	NR_gettid = 186,
	NR_clone = 56,
	NR_wait4 = 61,
	NR_setsid = 112,
	NR_exit_group = 231,
	NR_close_range = 436,
	NR_futex = 202,
	NR_tgkill = 234,
	NR_openat = 257,
	NR_newfstatat = 262,
	NR_readlinkat = 267,
	NR_seccomp = 317,
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

/* The links of a file, by the third word of struct stat. */
ALWAYS_INLINE uint64_t arch_stat_links(uint64_t word) { return word; }

/* What the registers hold, by their DWARF numbers, of which those that a call may change are left out; and where that is
 * so. */
ALWAYS_INLINE uintptr_t arch_registers(uint64_t *general) {
	uintptr_t pc;
	__asm__ volatile("mov %%rbx, 24(%1)\n\t"
	                 "mov %%rbp, 48(%1)\n\t"
	                 "mov %%rsp, 56(%1)\n\t"
	                 "mov %%r12, 96(%1)\n\t"
	                 "mov %%r13, 104(%1)\n\t"
	                 "mov %%r14, 112(%1)\n\t"
	                 "mov %%r15, 120(%1)\n\t"
	                 "lea 1f(%%rip), %0\n"
	                 "1:"
	                 : "=r"(pc)
	                 : "r"(general)
	                 : "memory");
	return pc;
}

/* The cycle counter before an action, where no other thread has recorded, so that none can have handed over a block: it costs less. */
ALWAYS_INLINE uint64_t arch_stamp_alone(void) {
	uint32_t lo, hi;
	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi)::"memory");
	return (uint64_t)hi << 32 | lo;
}

/* The cycle counter before an action: it may be read early, never late, since
 * stores become visible in program order. But not before what led to the action: a block
 * that another thread has just handed over was born before it dies. Processors that read the
 * counter while they still wait for the block's address (AMD's) would say otherwise. */
ALWAYS_INLINE uint64_t arch_stamp_before(void) {
	uint32_t lo, hi;
	__asm__ volatile("lfence\n\trdtsc" : "=a"(lo), "=d"(hi)::"memory");
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

/* Ticks of so many seconds: a fifth less, or up to four times as many, by the processor's clock. */
ALWAYS_INLINE uint64_t arch_ticks(unsigned seconds) { return (uint64_t)seconds << 32; }

/* Reports whether a thread may read a stamp before an action that is less than its last
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

/* Defines a hidden function of the given name that calls tell with three words: its own first
 * argument, the caller's stack pointer, and the return address. Then it jumps on to where
 * the pointer target, a hidden variable, says, with all arguments as they were, three at most. */
#define ARCH_JUMP_TELLING(name, tell, target) \
	__asm__(".text\n" \
	        ".hidden " #name "\n" \
	        ".globl " #name "\n" \
	        ".type " #name ", @function\n" \
	        #name ":\n" \
	        ".cfi_startproc\n" \
	        "endbr64\n" \
	        "push %rdi\n" \
	        "push %rsi\n" \
	        "push %rdx\n" \
	        ".cfi_adjust_cfa_offset 24\n" \
	        "lea 32(%rsp), %rsi\n" \
	        "mov 24(%rsp), %rdx\n" \
	        "call " #tell "\n" \
	        "pop %rdx\n" \
	        "pop %rsi\n" \
	        "pop %rdi\n" \
	        ".cfi_adjust_cfa_offset -24\n" \
	        "jmp *" #target "(%rip)\n" \
	        ".cfi_endproc\n" \
	        ".size " #name ", .-" #name "\n");

/* Defines hidden code of the given name that begins with a system call. All that follows is for a thread
 * that the recorder has had make it, and that nobody gives its registers back any more: it does so itself, from
 * lend, a hidden struct wire_lend, and goes on where it was. Its stack is still its own, from below the red zone on, so
 * that handlers of signals may run. A process that the call has made has 1 for a stack pointer, and ends. */
#define ARCH_LEND(name, lend) \
	__asm__(".text\n" \
	        ".p2align 4\n" \
	        ".quad 0x666f727070616568\n" \
	        ".hidden " #name "\n" \
	        ".globl " #name "\n" \
	        #name ":\n" \
	        "syscall\n" \
	        "cmp $1, %rsp\n" \
	        "je 1f\n" \
	        "mov $14, %eax\n" /* rt_sigprocmask */ \
	        "mov $2, %edi\n" /* SIG_SETMASK */ \
	        "lea 8+" #lend "(%rip), %rsi\n" \
	        "xor %edx, %edx\n" \
	        "mov $8, %r10d\n" \
	        "syscall\n" \
	        "pushq 136+" #lend "(%rip)\n" \
	        "popfq\n" \
	        "mov 16+" #lend "(%rip), %r15\n" \
	        "mov 24+" #lend "(%rip), %r14\n" \
	        "mov 32+" #lend "(%rip), %r13\n" \
	        "mov 40+" #lend "(%rip), %r12\n" \
	        "mov 48+" #lend "(%rip), %r11\n" \
	        "mov 56+" #lend "(%rip), %r10\n" \
	        "mov 64+" #lend "(%rip), %r9\n" \
	        "mov 72+" #lend "(%rip), %r8\n" \
	        "mov 80+" #lend "(%rip), %rbp\n" \
	        "mov 88+" #lend "(%rip), %rbx\n" \
	        "mov 96+" #lend "(%rip), %rax\n" \
	        "mov 104+" #lend "(%rip), %rcx\n" \
	        "mov 112+" #lend "(%rip), %rdx\n" \
	        "mov 120+" #lend "(%rip), %rsi\n" \
	        "mov 128+" #lend "(%rip), %rdi\n" \
	        "movq $0, 160+" #lend "(%rip)\n" \
	        "mov 144+" #lend "(%rip), %rsp\n" \
	        "notrack jmp *152+" #lend "(%rip)\n" \
	        "1: mov $60, %eax\n" /* exit */ \
	        "xor %edi, %edi\n" \
	        "syscall\n" \
	        "hlt\n");

/* Defines a function of the given name that the stubs of patched functions jump to,
 * with the address of their struct wire_patched in r11, whose own value lies 24 bytes
 * below the return address. It calls hook with the address, and that of its own frame
 * record.
 *
 * Who calls a function of its own file may know which registers that leaves alone,
 * and that it does not care how the stack is aligned (gcc's -fipa-ra and stack
 * boundaries). So all registers but those of the result get their values back. */
#define ARCH_PATCHED_SHIM(name, hook) \
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
	        "sub $96, %rsp\n" \
	        "and $-16, %rsp\n" \
	        "mov %rdi, -88(%rbp)\n" \
	        "mov %rsi, -80(%rbp)\n" \
	        "mov %rdx, -72(%rbp)\n" \
	        "mov %rcx, -64(%rbp)\n" \
	        "mov %r8, -56(%rbp)\n" \
	        "mov %r9, -48(%rbp)\n" \
	        "mov %rax, -40(%rbp)\n" \
	        "mov %r10, -32(%rbp)\n" \
	        "mov %r11, %rdi\n" \
	        "mov %rbp, %rsi\n" \
	        "call " #hook "\n" \
	        "mov -88(%rbp), %rdi\n" \
	        "mov -80(%rbp), %rsi\n" \
	        "mov -64(%rbp), %rcx\n" \
	        "mov -56(%rbp), %r8\n" \
	        "mov -48(%rbp), %r9\n" \
	        "mov -32(%rbp), %r10\n" \
	        "mov -16(%rbp), %r11\n" \
	        "leave\n" \
	        ".cfi_def_cfa %rsp, 8\n" \
	        "ret\n" \
	        ".cfi_endproc\n" \
	        ".size " #name ", .-" #name "\n");

/* The parts of the functions below: how one begins and ends; pass the call on, to the instruction in
 * front of the moved code that gives r11 its value back; and call hook with the structure and
 * the address of the function's own frame record, and have all registers as they were. */
#define PASSING_BEGIN_(name) \
	".text\n" \
	".p2align 4\n" \
	".hidden " #name "\n" \
	".globl " #name "\n" \
	".type " #name ", @function\n" \
	#name ":\n" \
	".cfi_startproc\n" \
	"endbr64\n"
#define PASSING_END_(name) \
	".cfi_endproc\n" \
	".size " #name ", .-" #name "\n"
#define PASSING_PASS_ \
	"mov 8(%r11), %r11\n" \
	"lea -5(%r11), %r11\n" \
	"notrack jmp *%r11\n"
#define PASSING_TELL_(hook) \
	"push %rbp\n" \
	".cfi_def_cfa_offset 16\n" \
	".cfi_offset %rbp, -16\n" \
	"mov %rsp, %rbp\n" \
	".cfi_def_cfa_register %rbp\n" \
	"sub $96, %rsp\n" \
	"and $-16, %rsp\n" \
	"mov %rdi, -88(%rbp)\n" \
	"mov %rsi, -80(%rbp)\n" \
	"mov %rdx, -72(%rbp)\n" \
	"mov %rcx, -64(%rbp)\n" \
	"mov %r8, -56(%rbp)\n" \
	"mov %r9, -48(%rbp)\n" \
	"mov %rax, -40(%rbp)\n" \
	"mov %r10, -32(%rbp)\n" \
	"mov %r11, -24(%rbp)\n" \
	"mov %r11, %rdi\n" \
	"mov %rbp, %rsi\n" \
	"call " #hook "\n" \
	"mov -88(%rbp), %rdi\n" \
	"mov -80(%rbp), %rsi\n" \
	"mov -72(%rbp), %rdx\n" \
	"mov -64(%rbp), %rcx\n" \
	"mov -56(%rbp), %r8\n" \
	"mov -48(%rbp), %r9\n" \
	"mov -40(%rbp), %rax\n" \
	"mov -32(%rbp), %r10\n" \
	"mov -24(%rbp), %r11\n" \
	"leave\n" \
	".cfi_def_cfa %rsp, 8\n" \
	".cfi_restore %rbp\n"

/* Defines a function of the given name that the stubs of patched functions jump to as well, with
 * the address of their struct wire_patched. It passes the call on with all registers as they
 * were. Where the byte that field 48 of the structure points to is 0, it calls hook before,
 * with the structure and the address of its own frame record. */
#define ARCH_PATCHED_UNLESS_ENTERED(name, hook) \
	__asm__(PASSING_BEGIN_(name) \
	        "push %rax\n" \
	        ".cfi_adjust_cfa_offset 8\n" \
	        "mov 48(%r11), %rax\n" \
	        "cmpb $0, (%rax)\n" \
	        "pop %rax\n" \
	        ".cfi_adjust_cfa_offset -8\n" \
	        "je 2f\n" \
	        "1: " PASSING_PASS_ \
	        "2: " PASSING_TELL_(hook) \
	        "jmp 1b\n" \
	        PASSING_END_(name));

/* The same, but it calls hook each time. */
#define ARCH_PATCHED_TELLING(name, hook) \
	__asm__(PASSING_BEGIN_(name) \
	        PASSING_TELL_(hook) \
	        PASSING_PASS_ \
	        PASSING_END_(name));

/* Where a shim has saved the registers of arguments, whose frame is given. */
ALWAYS_INLINE const uintptr_t *arch_shim_arguments(uintptr_t hook_frame) { return (const uintptr_t *)(hook_frame - 88); }

/* What the registers of a result held when that shim was called. */
ALWAYS_INLINE unsigned __int128 arch_shim_results(uintptr_t hook_frame) {
	const uintptr_t *saved = arch_shim_arguments(hook_frame);
	return (unsigned __int128)saved[2] << 64 | saved[6]; /* rdx and rax */
}

/* Defines a function of the given name that calls the function in its first argument
 * with the registers that a shim has saved, in its second, and as many words of the
 * stack as its third says, an even number, from where its fourth says. */
#define ARCH_CALL_WITH(name) \
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
	        "mov %rdi, %r11\n" \
	        "mov %rsi, %r10\n" \
	        "test %rdx, %rdx\n" \
	        "jz 2f\n" \
	        "1: push -8(%rcx,%rdx,8)\n" \
	        "dec %rdx\n" \
	        "jnz 1b\n" \
	        "2: mov (%r10), %rdi\n" \
	        "mov 8(%r10), %rsi\n" \
	        "mov 16(%r10), %rdx\n" \
	        "mov 24(%r10), %rcx\n" \
	        "mov 32(%r10), %r8\n" \
	        "mov 40(%r10), %r9\n" \
	        "mov 48(%r10), %rax\n" \
	        "mov 56(%r10), %r10\n" /* a nested function's way to its outer one's variables */ \
	        "call *%r11\n" \
	        "leave\n" \
	        ".cfi_def_cfa %rsp, 8\n" \
	        "ret\n" \
	        ".cfi_endproc\n" \
	        ".size " #name ", .-" #name "\n");

/* Calls function, which may be any code, and has the vector registers as they were
 * (Intel SDM, volume 1, 13.4 for the area's layout). */
static inline void arch_keeping_vectors(void (*function)(void *), void *data) {
	enum { X87_TO_AVX512 = 0xe7, XSAVE_BYTES = 2688, HEADER_AT = 512, OSXSAVE = 1 << 27 };
	static uint32_t features; /* cpuid is slow in a virtual machine */
	uint32_t known = load_relaxed(&features);
	if (!known) {
		uint32_t a = 1, b, c = 0, d;
		__asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
		store_relaxed(&features, known = c | 1);
	}
	uint64_t area[XSAVE_BYTES / 8] __attribute__((aligned(64)));
	if (!(known & OSXSAVE)) {
		__asm__ volatile("fxsave64 %0" : "=m"(area));
		function(data);
		__asm__ volatile("fxrstor64 %0" ::"m"(area));
		return;
	}
	for (unsigned i = 0; i < 8; i++) area[HEADER_AT / 8 + i] = 0;
	__asm__ volatile("xsave64 %0" : "+m"(area) : "a"(X87_TO_AVX512), "d"(0));
	function(data);
	__asm__ volatile("xrstor64 %0" ::"m"(area), "a"(X87_TO_AVX512), "d"(0));
}

/* Fills memory with a byte, at such a length or above faster than word by word. */
#define ARCH_FILL_FROM 512
ALWAYS_INLINE void arch_fill(void *to, int byte, size_t n) { __asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(byte) : "memory"); }

/* Makes the processor see code that was just written. */
ALWAYS_INLINE void arch_code_written(uintptr_t at, size_t bytes) { (void)at, (void)bytes; }

/* Reports whether the processor keeps a stack of return addresses of its own, which would
 * not know one that code has pushed (Linux, Documentation/arch/x86/shstk.rst). */
ALWAYS_INLINE bool arch_shadow_stack(void) {
	enum { ARCH_SHSTK_STATUS_ = 0x5005, ARCH_SHSTK_SHSTK_ = 1 };
	uint64_t features = 0;
	return arch_syscall(NR_arch_prctl, ARCH_SHSTK_STATUS_, (long)&features, 0, 0, 0, 0) == 0 && (features & ARCH_SHSTK_SHSTK_);
}

/* What a system-call filter is told of the processor (linux/audit.h). */
static const uint32_t arch_audit = 0xc000003e;

/* Defines the function name, which jumps on to where the pointer real says, a hidden
 * variable, unless its first argument is NR_prctl or NR_seccomp: then to installs. */
#define ARCH_SYSCALL_UNLESS_INSTALLS(name, installs, real) \
	__asm__(".text\n" \
	        ".globl " #name "\n" \
	        ".type " #name ", @function\n" \
	        #name ":\n" \
	        ".cfi_startproc\n" \
	        "endbr64\n" \
	        "cmp $157, %rdi\n" \
	        "je " #installs "\n" \
	        "cmp $317, %rdi\n" \
	        "je " #installs "\n" \
	        "jmp *" #real "(%rip)\n" \
	        ".cfi_endproc\n" \
	        ".size " #name ", .-" #name "\n");

/* Where the thread library keeps what it knows of the thread. */
ALWAYS_INLINE uintptr_t arch_thread_pointer(void) {
	uintptr_t at;
	__asm__("mov %%fs:0, %0" : "=r"(at));
	return at;
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

/* Defines name, what a handler of the tracker's returns to: the kernel leaves that to the program
 * on this machine. The nop is for walkers, which look at the address before. */
#define ARCH_SA_RESTORER 0x04000000ul /* SA_RESTORER */
#define ARCH_RESTORER(name) \
	__asm__(".text\n" \
	        ".p2align 4\n" \
	        "nop\n" \
	        ".hidden " #name "\n" \
	        ".globl " #name "\n" \
	        ".type " #name ", @function\n" \
	        #name ":\n" \
	        "mov $15, %rax\n" \
	        "syscall\n" \
	        ".size " #name ", .-" #name "\n"); \
	void name(void) __attribute__((visibility("hidden")));

/* The relocations of the slots by which a library calls others (elf.h). */
#define ARCH_GLOB_DAT R_X86_64_GLOB_DAT
#define ARCH_JUMP_SLOT R_X86_64_JUMP_SLOT

/* Where the call in front of a return address goes; 0 if that is not in the
 * instruction (AMD64 manual, volume 3: E8 and 32 bits). Reads five bytes in front. */
static inline uintptr_t arch_call_target(uintptr_t return_address) {
	const uint8_t *p = (const uint8_t *)return_address - 5;
	if (p[0] != 0xe8) return 0;
	uint32_t by = p[1] | (uint32_t)p[2] << 8 | (uint32_t)p[3] << 16 | (uint32_t)p[4] << 24;
	return return_address + (uintptr_t)(intptr_t)(int32_t)by;
}

/* Reports whether a call in front of a return address goes to where a register or a word in
 * memory says (AMD64 manual, volume 3: FF /2). Reads eight bytes in front. */
static inline bool arch_calls_somewhere(uintptr_t return_address) {
	const uint8_t *end = (const uint8_t *)return_address;
	for (int n = 2; n <= 7; n++) {
		if (end[-n] != 0xff || (end[1 - n] >> 3 & 7) != 2) continue;
		uint8_t mod = end[1 - n] >> 6, rm = end[1 - n] & 7;
		bool sib = mod != 3 && rm == 4;
		int displacement = mod == 1 ? 1 : mod == 2 || (mod == 0 && (rm == 5 || (sib && n == 7 && (end[2 - n] & 7) == 5))) ? 4 : 0;
		if (n == 2 + sib + displacement) return true;
	}
	return false;
}

/* Where the pointer lies by which the call in front of a return address goes, where the
 * instruction says that; 0: it does not (FF /2 with a place relative to its end). Reads six
 * bytes in front. */
static inline uintptr_t arch_call_slot(uintptr_t return_address) {
	const uint8_t *p = (const uint8_t *)return_address - 6;
	if (p[0] != 0xff || p[1] != 0x15) return 0;
	uint32_t by = p[2] | (uint32_t)p[3] << 8 | (uint32_t)p[4] << 16 | (uint32_t)p[5] << 24;
	return return_address + (uintptr_t)(intptr_t)(int32_t)by;
}

/* Where the pointer lies by which an entry of the procedure linkage table jumps on; 0: no such
 * entry is at the address. Reads sixteen bytes. */
static inline uintptr_t arch_jump_slot(uintptr_t address) {
	const uint8_t *p = (const uint8_t *)address;
	if (p[0] == 0xf3 && p[1] == 0x0f && p[2] == 0x1e && p[3] == 0xfa) p += 4; /* endbr64 */
	if (p[0] == 0xf2) p++;                                                    /* bnd */
	if (p[0] != 0xff || p[1] != 0x25) return 0;
	uint32_t by = p[2] | (uint32_t)p[3] << 8 | (uint32_t)p[4] << 16 | (uint32_t)p[5] << 24;
	return (uintptr_t)p + 6 + (uintptr_t)(intptr_t)(int32_t)by;
}

#include "arch_frame_x86_64.h"
#include "arch_sample_x86_64.h"

/* Reports whether the code at an address saves the frame pointer at once. Reads eight bytes. */
static inline bool arch_saves_fp(uintptr_t address) {
	const uint8_t *p = (const uint8_t *)address;
	if (p[0] == 0xf3 && p[1] == 0x0f && p[2] == 0x1e && p[3] == 0xfa) p += 4; /* endbr64 */
	return p[0] == 0x55;
}

/* Reports whether the code at an address jumps on at once to where a word in memory says,
 * as an entry of the procedure linkage table does. Reads eight bytes. */
static inline bool arch_jumps_on(uintptr_t address) {
	const uint8_t *p = (const uint8_t *)address;
	if (p[0] == 0xf3 && p[1] == 0x0f && p[2] == 0x1e && p[3] == 0xfa) p += 4; /* endbr64 */
	if (p[0] == 0xf2) p++;                                                    /* bnd */
	return p[0] == 0xff && p[1] == 0x25;
}

#endif
