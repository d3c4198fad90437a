/* Methods of a Rust type that implements GlobalAlloc, as link-time optimisation leaves them
 * below Rust's functions. Read, never run. x86-64 only.
 *
 *   -DPASSES=...   what __rust_alloc does before it goes to the method alloc
 *   -DTHROUGH=...  how it goes there: jmp to the method, unless this is a jump of another kind
 *   -DREADS=...    what the method does first
 *   -DSPLIT        that method is a part that was split off from another
 *   -DINSIDE       nothing else calls it
 *   -DNO_ZEROED    there is no __rust_alloc_zeroed
 *   -DGROWS=...    there is a method realloc, that others call as well; what __rust_realloc does
 *                  before it goes there
 *   -DSYSTEM       something else in the program calls the C library's allocator
 *   -DOTHERS=...   __rust_dealloc writes to the variable state; what others do
 *   -DCALLERS=...  there is no __rust_dealloc, but a method dealloc; what others do before they
 *                  go there */
#include <stdlib.h>
#define ENTRY(name, code) \
	__asm__(".pushsection .text\n.p2align 4, 0xcc\n.globl \"" name "\"\n.type \"" name "\",@function\n\"" name "\":\n" code "\n.size \"" name "\", . - \"" name "\"\n.popsection")

#define LEGACY(method) "_ZN73_$LT$work..mapped..Mapped$u20$as$u20$core..alloc..global..GlobalAlloc$GT$" method "17h63548413ef9a2268E"
#define V0(method) "_RNvXs_NtCs4X4t9plMPHF_4work6mappedNtB4_6MappedNtNtNtCsgEmfK2I1SDS_4core5alloc6global11GlobalAlloc" method

#ifdef SPLIT
#define ALLOC LEGACY("5alloc") ".cold"
#else
#define ALLOC LEGACY("5alloc")
#endif
#ifndef THROUGH
#define THROUGH "jmp \"" ALLOC "\""
#endif
#ifndef READS
#define READS "push %rbx; mov %rsi, %rbx; mov %rdi, %rax; pop %rbx"
#endif
#ifndef PASSES
#define PASSES "mov %rdi, %rax; mov %rsi, %rdi; mov %rax, %rsi"
#endif

ENTRY("__rust_alloc", PASSES "; " THROUGH);
#ifndef NO_ZEROED
ENTRY("__rust_alloc_zeroed", "mov %rdi, %rax; mov %rsi, %rcx; ret");
#endif
ENTRY(ALLOC, READS "; ret");
__asm__(".data\nslot: .quad \"" ALLOC "\"\nheap: .quad 0\nstate: .quad 0, 0, 0\n.section .rodata\nconst: .quad 0");
#ifndef INSIDE
ENTRY("caller", "mov $8, %edi; mov $24, %esi; call \"" ALLOC "\"; ret");
#endif

#ifdef GROWS
ENTRY("__rust_realloc", GROWS "; jmp \"" LEGACY("7realloc") "\"");
ENTRY(LEGACY("7realloc"), "mov %rdi, %rax; add %rsi, %rax; add %rdx, %rax; add %rcx, %rax; ret");
ENTRY("grower", "call \"" LEGACY("7realloc") "\"; ret");
#else
ENTRY("__rust_realloc", "push %rbx; mov %rcx, %rbx; mov %rdi, %rax; ret");
#endif

#ifdef CALLERS
ENTRY(V0("7dealloc"), "mov %rdi, %rax; add %rsi, %rax; add %rdx, %rax; ret");
ENTRY("dropper", CALLERS "; call \"" V0("7dealloc") "\"; ret");
#elif defined OTHERS
ENTRY("__rust_dealloc", "lock decq state(%rip); call helper; ret");
ENTRY("helper", "movq %rdi, state(%rip); ret");
ENTRY("other", OTHERS "; ret");
#else
ENTRY("__rust_dealloc", "mov %rdi, %rax; mov %rsi, %rcx; ret");
#endif

int main(void)
{
#ifdef SYSTEM
	void *block;
	return posix_memalign(&block, 64, 64);
#endif
	return 0;
}
