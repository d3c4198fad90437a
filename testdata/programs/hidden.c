/* Functions of Rust's allocator as link-time optimisation leaves them, and what a program
 * without symbols still says of its allocator. Read, never run. x86-64 only.
 *
 *   -DWHOLE    all functions, with all arguments
 *   -DMOVED    the last argument of realloc is where an unused one was
 *   -DPASSED   it is passed on, to a function that uses it
 *   -DPARTLY   there is no dealloc
 *   -DINTO_C   all functions, which call the C library's; the last, with -DKEEPS, only at times
 *   -DMALLOC   a malloc of its own, whose free has no room for a jump
 *   -DSAYS=... a text in the data that is only read, and as much code as an
 *              allocator has, without -DNO_CODE */
#include <stdlib.h>
#define ENTRY(name, code) \
	__asm__(".pushsection .text\n.p2align 4, 0xcc\n.globl " name "\n.type " name ",@function\n" name ":\n" code "\n.size " name ", . - " name "\n.popsection")

ENTRY("_RNvCsfLfy6EI15iL_7___rustc26___rust_alloc_error_handler", "ud2");
#if defined WHOLE || defined MOVED || defined PARTLY || defined PASSED
ENTRY("__rust_alloc", "mov %rdi, %rax; mov %rsi, %rcx; ret");
ENTRY("__rust_alloc_zeroed", "mov %rdi, %rax; mov %rsi, %rcx; ret");
#if defined MOVED
ENTRY("__rust_realloc", "push %rbx; mov %rsi, %rbx; mov %rdi, %rax; mov $1, %ecx; add %rcx, %rax; ret");
#elif defined PASSED
ENTRY("__rust_realloc", "push %rbx; call somewhere; pop %rbx; ret");
ENTRY("somewhere", "test %rdi, %rdi; je 1f; mov %rcx, %rbx; 1: ret");
#else
ENTRY("__rust_realloc", "push %rbx; mov %rcx, %rbx; mov %rdi, %rax; ret");
#endif
#if !defined PARTLY
ENTRY("__rust_dealloc", "mov %rdi, %rax; mov %rsi, %rcx; ret");
#endif
#endif

#ifdef INTO_C
ENTRY("__rust_alloc", "mov %rdi, %rdx; cmp %rdi, %rsi; jbe 1f; push %rax; mov %rsp, %rdi; call *posix_memalign@GOTPCREL(%rip); "
	"mov (%rsp), %rax; pop %rcx; ret; 1: mov %rdx, %rdi; jmp *malloc@GOTPCREL(%rip)");
ENTRY("__rust_alloc_zeroed", "mov $1, %esi; jmp *calloc@GOTPCREL(%rip)");
ENTRY("__rust_dealloc", "jmp free@PLT; nop; nop; nop");
#ifdef KEEPS
long kept;
ENTRY("__rust_realloc", "mov %rcx, %rsi; mov kept(%rip), %rax; test %rax, %rax; je 1f; movq $0, kept(%rip); ret; 1: jmp realloc@PLT");
#else
ENTRY("__rust_realloc", "cmp $16, %rdx; ja 1f; mov %rcx, %rsi; jmp realloc@PLT; 1: xor %eax, %eax; ret");
#endif
#endif

#ifdef MALLOC
ENTRY("malloc", "mov %rdi, %rax; mov %rsi, %rcx; ret");
ENTRY("free", "ret\n.byte 0x55");
#endif

#ifdef SAYS
const char says[] = SAYS;
#ifndef NO_CODE
__asm__(".pushsection .text\n.skip 4096, 0xcc\n.popsection");
#endif
#endif

int main(void)
{
#ifdef SYSTEM
	void *block;
	return posix_memalign(&block, 64, 64);
#endif
	return 0;
}
