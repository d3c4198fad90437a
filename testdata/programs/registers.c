/* Calls allocator functions as only a compiler would that knows them: with values in
 * all registers that they do not use, and with a stack that is not aligned. Prints
 * registers=1 if every register came back as it was, each time, and arguments=1 if
 * arguments on the stack arrived. Counts the blocks. */
#include <string.h>

#include "count.h"

static char room[1 << 20] __attribute__((aligned(64)));
char *next_block = room;

/* Takes size in the first argument, and uses no register but that of its result. */
void *bare_alloc(size_t size);
/* Uses none at all. */
void bare_free(void *block);
/* Fills the registers' part of want, calls bare_alloc(64) and bare_free of the same,
 * and writes to got what is there afterwards. */
void *call_with_all(unsigned long *want, unsigned long *got);

#if defined __x86_64__
enum { REGISTERS = 8 + 16 * 2 };
__asm__(".text\n"
	".globl bare_alloc\n.type bare_alloc, @function\nbare_alloc:\n"
	"mov next_block(%rip), %rax\n"
	"addq $64, next_block(%rip)\n"
	"ret\n"
	".size bare_alloc, .-bare_alloc\n"
	".globl bare_free\n.type bare_free, @function\nbare_free:\n"
	"testq $1, next_block(%rip)\n"
	"nop\nnop\nnop\n"
	"ret\n"
	".size bare_free, .-bare_free\n"
	".globl call_with_all\n.type call_with_all, @function\ncall_with_all:\n"
	".cfi_startproc\n"
	"push %rbx\n.cfi_adjust_cfa_offset 8\n.cfi_rel_offset %rbx, 0\n"
	"push %r12\n.cfi_adjust_cfa_offset 8\n.cfi_rel_offset %r12, 0\n" /* from here on not aligned */
	"mov %rdi, %rbx\n"
	"mov %rsi, %r12\n"
	"mov 0(%rbx), %rsi\n"
	"mov 8(%rbx), %rdx\n"
	"mov 16(%rbx), %rcx\n"
	"mov 24(%rbx), %r8\n"
	"mov 32(%rbx), %r9\n"
	"mov 40(%rbx), %r10\n"
	"mov 48(%rbx), %r11\n"
	".irp i,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
	"movups 64+16*\\i(%rbx), %xmm\\i\n"
	".endr\n"
	"mov $64, %edi\n"
	"call bare_alloc\n"
	"mov %rax, %rdi\n"
	"call bare_free\n" /* the result is still in rax */
	"mov %rsi, 0(%r12)\n"
	"mov %rdx, 8(%r12)\n"
	"mov %rcx, 16(%r12)\n"
	"mov %r8, 24(%r12)\n"
	"mov %r9, 32(%r12)\n"
	"mov %r10, 40(%r12)\n"
	"mov %r11, 48(%r12)\n"
	"movq 56(%rbx), %rcx\nmovq %rcx, 56(%r12)\n"
	".irp i,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
	"movups %xmm\\i, 64+16*\\i(%r12)\n"
	".endr\n"
	"pop %r12\n.cfi_adjust_cfa_offset -8\n"
	"pop %rbx\n.cfi_adjust_cfa_offset -8\n"
	"ret\n"
	".cfi_endproc\n"
	".size call_with_all, .-call_with_all\n");
#elif defined __aarch64__
enum { REGISTERS = 16 + 32 * 2 };
__asm__(".text\n"
	".globl bare_alloc\n.type bare_alloc, %function\nbare_alloc:\n"
	"adrp x16, next_block\n"
	"ldr x0, [x16, :lo12:next_block]\n"
	"add x17, x0, 64\n"
	"str x17, [x16, :lo12:next_block]\n"
	"ret\n"
	".size bare_alloc, .-bare_alloc\n"
	".globl bare_free\n.type bare_free, %function\nbare_free:\n"
	"nop\n"
	"ret\n"
	".size bare_free, .-bare_free\n"
	".globl call_with_all\n.type call_with_all, %function\ncall_with_all:\n"
	".cfi_startproc\n"
	"stp x29, x30, [sp, -32]!\n.cfi_adjust_cfa_offset 32\n.cfi_rel_offset x29, 0\n.cfi_rel_offset x30, 8\n"
	"stp x19, x20, [sp, 16]\n.cfi_rel_offset x19, 16\n.cfi_rel_offset x20, 24\n"
	"mov x29, sp\n"
	"mov x19, x0\n"
	"mov x20, x1\n"
	".irp i,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
	"ldr x\\i, [x19, 8*\\i]\n"
	".endr\n"
	".irp i,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
	"ldr q\\i, [x19, 128+16*\\i]\n"
	".endr\n"
	"mov x0, 64\n"
	"bl bare_alloc\n"
	"bl bare_free\n"
	".irp i,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
	"str x\\i, [x20, 8*\\i]\n"
	".endr\n"
	"ldr x1, [x19]\nstr x1, [x20]\n"
	".irp i,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
	"str q\\i, [x20, 128+16*\\i]\n"
	".endr\n"
	"ldp x19, x20, [sp, 16]\n"
	"ldp x29, x30, [sp], 32\n"
	".cfi_def_cfa_offset 0\n"
	"ret\n"
	".cfi_endproc\n"
	".size call_with_all, .-call_with_all\n");
#endif

static int arrived = 1;

__attribute__((noinline)) void *wide_alloc(long a, long b, size_t size, long d, long e, long f, long g, long h, long i, long j, long k, double x)
{
	arrived &= a == 1 && b == 2 && d == 4 && e == 5 && f == 6 && g == 7 && h == 8 && i == 9 && j == 10 && k == 11 && x == 12.5;
	char *block = next_block;
	next_block += (size + 63) & ~(size_t)63;
	return block;
}

int main(void)
{
	unsigned long want[REGISTERS], got[REGISTERS];
	int same = 1;
	for (int round = 0; round < 100; round++) {
		for (int i = 0; i < REGISTERS; i++)
			want[i] = 0x9e3779b97f4a7c15ul * (unsigned long)(round * REGISTERS + i + 1);
		void *block = call_with_all(want, got);
		same &= block == next_block - 64 && !memcmp(want, got, sizeof want);
		count_alloc(64);
		count_free(64);
		wide_alloc(1, 2, 100, 4, 5, 6, 7, 8, 9, 10, 11, 12.5);
		count_alloc(100);
	}
	char line[300];
	int n = count_line(line, sizeof line);
	n += snprintf(line + n - 1, sizeof line - n, " registers=%d arguments=%d\n", same, arrived) - 1;
	return write(1, line, n) != n;
}
