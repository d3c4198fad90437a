/* Functions that call on other stacks than their own, as OCaml 5 calls C: unwind information says where the caller's stack
 * is, and that a caller may have been anywhere (a signal frame, which it is not; built with PLAIN, it does not say that). The stacks lie below and above one
 * another, two unmapped pages apart. Counts every block. */
#include <stdlib.h>
#include <sys/mman.h>

#include "count.h"

void across(void (*function)(size_t), char *top, size_t size);

#if defined(__x86_64__)
__asm__(".text\n"
	"across: .cfi_startproc\n"
#ifndef PLAIN
	".cfi_signal_frame\n"
#endif
	"	movq %rsp, -8(%rsi); leaq -16(%rsi), %rsp\n"
	"	.cfi_escape 0x0f, 5, 0x77, 8, 0x06, 0x23, 8\n" /* the CFA is the word at rsp + 8, and 8 more */
	"	movq %rdx, %rax; xchgq %rdi, %rax; call *%rax; movq 8(%rsp), %rsp\n"
	"	.cfi_def_cfa rsp, 8\n"
	"	ret; .cfi_endproc\n");
#else
#error "not written for this processor"
#endif

enum { PAGE = 4096, STACK = 16 * PAGE };

static char *tops[3]; /* of stacks, the lowest first */

static void leaf(size_t size)
{
	void *p = malloc(size);
	count_alloc(size);
	free(p);
	count_free(size);
}

static void upwards(size_t size) /* on the middle stack, calls on the highest */
{
	across(leaf, tops[2], size);
	leaf(size + 1);
}

static void downwards(size_t size) /* on the middle stack, calls on the lowest */
{
	across(leaf, tops[0], size);
	leaf(size + 1);
}

int main(void)
{
	char *all = mmap(NULL, 3 * (STACK + 2 * PAGE), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (int i = 0; i < 3; i++) {
		char *stack = all + i * (STACK + 2 * PAGE) + PAGE;
		if (mprotect(stack, STACK, PROT_READ | PROT_WRITE) != 0)
			return 1;
		tops[i] = stack + STACK;
	}
	for (int i = 0; i < 10; i++) {
		across(upwards, tops[1], 10);
		across(downwards, tops[1], 20);
		across(leaf, tops[1], 30);
		leaf(40);
	}
	munmap(all, 3 * (STACK + 2 * PAGE)); /* what was remembered of them is not to be looked at */
	leaf(50);
	count_print();
	return 0;
}
