/* The entries of malloc and free, where blocks may be sampled; part of arch_x86_64.h. */
#ifndef HEAPPROF_ARCH_SAMPLE_X86_64_H
#define HEAPPROF_ARCH_SAMPLE_X86_64_H

/* Not formatted: see arch_x86_64.h. */
/* clang-format off */

/* The parts of the functions below: how one begins and ends; go to hook unless the set says that
 * the block in rdi was not sampled; find the countdown, or go to hook; let so many bytes pass,
 * or go to hook. */
#define SAMPLE_BEGIN_(name) \
	".text\n" \
	".p2align 5\n" \
	".globl " #name "\n" \
	".type " #name ", @function\n" \
	#name ":\n" \
	".cfi_startproc\n" \
	"endbr64\n"
#define SAMPLE_END_(name) \
	".cfi_endproc\n" \
	".size " #name ", .-" #name "\n"
#define SAMPLE_LOOK_(set, near_bits, hook) \
	"mov " #set "(%rip), %rdx\n" \
	"mov %rdi, %rax\n" \
	"shr $" #near_bits ", %rax\n" \
	"and 8+" #set "(%rip), %rax\n" \
	"cmpb $0, (%rdx,%rax)\n" \
	"jne " #hook "\n"
#define SAMPLE_FIND_(none, offset, hook) \
	"mov " #offset "@gottpoff(%rip), %rax\n" \
	"mov %fs:(%rax), %rax\n" \
	"lea " #none "(%rip), %rdx\n" \
	"mov (%rdx,%rax), %rdx\n" \
	"test %rdx, %rdx\n" \
	"je " #hook "\n"
#define SAMPLE_COUNT_(bytes, hook) \
	"mov (%rdx), %rax\n" \
	"sub %" #bytes ", %rax\n" \
	"jbe " #hook "\n" \
	"mov %rax, (%rdx)\n" \
	"incq 8(%rdx)\n"

/* Defines a function of the given name that takes a number of bytes. A pointer to a
 * countdown (struct wire_countdown) lies as many bytes behind none as the thread-local variable
 * offset says. If that lets the block pass, it is counted, and the function jumps to where
 * real points; else, or if the pointer is NULL, it jumps to hook. Both return to its caller. */
#define ARCH_ALLOCATE_UNLESS_SAMPLED(name, none, offset, real, hook) \
	__asm__(SAMPLE_BEGIN_(name) \
	        SAMPLE_FIND_(none, offset, hook) \
	        SAMPLE_COUNT_(rdi, hook) \
	        "jmp *" #real "(%rip)\n" \
	        SAMPLE_END_(name));

/* Defines a function of the given name that takes a block. If set, a struct sampled, says
 * that the block was not sampled, the function jumps to where real points, else to hook. */
#define ARCH_FREE_UNLESS_SAMPLED(name, set, near_bits, real, hook) \
	__asm__(SAMPLE_BEGIN_(name) \
	        SAMPLE_LOOK_(set, near_bits, hook) \
	        "jmp *" #real "(%rip)\n" \
	        SAMPLE_END_(name));

/* Defines a function of the given name that takes a block, or NULL, and a number of bytes. If set
 * says that the block was not sampled, and the countdown lets the new one pass, which is not of
 * no bytes, it jumps to where resize points, or without a block to where make points with the
 * bytes as its argument; else to hook. */
#define ARCH_RESIZE_UNLESS_SAMPLED(name, set, near_bits, none, offset, resize, make, hook) \
	__asm__(SAMPLE_BEGIN_(name) \
	        SAMPLE_LOOK_(set, near_bits, hook) \
	        SAMPLE_FIND_(none, offset, hook) \
	        "test %rsi, %rsi\n" \
	        "je " #hook "\n" \
	        SAMPLE_COUNT_(rsi, hook) \
	        "test %rdi, %rdi\n" \
	        "je 1f\n" \
	        "jmp *" #resize "(%rip)\n" \
	        "1: mov %rsi, %rdi\n" \
	        "jmp *" #make "(%rip)\n" \
	        SAMPLE_END_(name));

/* Defines a function of the given name that the stubs of patched functions jump to, as
 * arch_x86_64.h has them, where the first argument is a block that the function frees. If
 * set says that the block was not sampled, it passes the call on, to the instruction in front of
 * the moved code that gives r11 its value back; else it jumps to shim. */
#define ARCH_PATCHED_FREE_UNLESS_SAMPLED(name, set, near_bits, shim) \
	__asm__(".hidden " #name "\n" \
	        SAMPLE_BEGIN_(name) \
	        "push %rax\n" \
	        ".cfi_adjust_cfa_offset 8\n" \
	        "mov %rdi, %rax\n" \
	        "shr $" #near_bits ", %rax\n" \
	        "and 8+" #set "(%rip), %rax\n" \
	        "add " #set "(%rip), %rax\n" \
	        "cmpb $0, (%rax)\n" \
	        "pop %rax\n" \
	        ".cfi_adjust_cfa_offset -8\n" \
	        "jne " #shim "\n" \
	        "mov 8(%r11), %r11\n" \
	        "lea -5(%r11), %r11\n" \
	        "notrack jmp *%r11\n" \
	        SAMPLE_END_(name));

/* clang-format on */

#endif
