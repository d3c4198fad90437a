/* An allocator whose malloc does nothing but jump to a function that has no name (build it
 * with -s -rdynamic) and that copy calls, too, as Firefox's strdup does. With -DTIGHT there is no
 * room for a hook in the jump. main makes 1,000
 * blocks of 40 bytes with malloc and 1,000 of 24 with copy, all at one address. */
#include <stddef.h>

static _Alignas(16) char pool[64];
static volatile size_t made;

__attribute__((used, noinline)) static void *make(size_t bytes) {
	made++;
	return bytes > sizeof pool ? NULL : pool;
}

__asm__(".globl malloc\n.type malloc, @function\nmalloc: jmp make\n"
#ifndef TIGHT
        " nop\n nop\n nop\n"
#endif
        ".size malloc, . - malloc\n");
void *malloc(size_t);
__attribute__((noinline)) void free(void *block) {
	if (block) made--;
}

__attribute__((noinline)) static void *copy(const char *text) {
	char *block = make(24);
	for (size_t i = 0; i < 24 && (block[i] = text[i]); i++);
	return block;
}

int main(void) {
	for (int i = 0; i < 1000; i++) {
		free(malloc(40));
		free(copy("text"));
	}
	return made != 0;
}
