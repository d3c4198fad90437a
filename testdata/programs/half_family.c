/* An allocator of its own of which one operator delete cannot be hooked: something goes to
 * its second instruction. With -DPASSES it counts its blocks and passes them on to free (and
 * notes where they were, with -DKEEPS), and else it keeps them itself. free is one function
 * with another operator delete, unless -DAPART; operator new calls malloc, unless -DOWN; and
 * with -DTHIRD free is mi_free, too. main makes and frees 1,000 blocks of 40 bytes, all at
 * one address. */
#include <stddef.h>

static char pool[64];
static void *first = pool;
__attribute__((used)) static long passed;

__attribute__((noinline)) void *malloc(size_t bytes) {
	void *block = first;
	first = NULL;
	return bytes > sizeof pool ? NULL : block;
}

__attribute__((noinline)) void free(void *block) {
	if (block) first = block;
}

#ifdef APART
void _ZdlPv(void *block) {
	if (block) first = (char *)block + 0;
	__asm__ volatile("");
}
#else
void _ZdlPv(void *) __attribute__((alias("free")));
#endif

#ifdef THIRD
void mi_free(void *) __attribute__((alias("free")));
__attribute__((noinline)) void *mi_malloc(size_t bytes) { return bytes > 8 ? NULL : pool + 32; }
#endif

__attribute__((noinline)) void *_Znwm(size_t bytes) {
#ifdef OWN
	return bytes > 16 ? NULL : pool + 48;
#else
	void *block = malloc(bytes);
	__asm__ volatile("" : "+r"(block));
	return block;
#endif
}

void _ZdlPvm(void *, size_t);
__asm__(".globl _ZdlPvm\n.type _ZdlPvm, @function\n_ZdlPvm: push %rbp\n1: mov %rsp, %rbp\n test %rdi, %rdi\n js 1b\n pop %rbp\n"
#ifdef PASSES
#ifdef KEEPS
        "mov %rdi, passed(%rip)\n"
#else
        "incq passed(%rip)\n"
#endif
        "jmp free\n"
#else
        "mov %rdi, pool(%rip)\n ret\n"
#endif
        ".size _ZdlPvm, . - _ZdlPvm");

int main(int argc, char **argv) {
	for (int i = 0; i < 1000; i++) {
		void *block = malloc(40);
		__asm__ volatile("" : "+r"(block) : : "memory");
		free(block);
	}
	if (argc > 9) _ZdlPvm(argv, 8);
	return 0;
}
