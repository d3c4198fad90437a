/* The kernel is asked for the word that a byte is in and for no other of its page: valgrind
 * tells of a program whose system calls read what was never written. */
#include <stdio.h>

#include "../csrc/probe.h"
#include "../csrc/sys.h"

/* Stands for the kernel, which can read everything. */
bool sys_readable(const void *p) {
	printf("%zx\n", (size_t)p);
	return true;
}

int main(void) {
	struct probe p = {0};
	probe_byte(&p, (const void *)0x5123);
	probe_byte(&p, (const void *)0x5fff);
	probe_byte(&p, (const void *)0x6000);
	puts("range");
	probe_range(0x5ffb, 0x1006);
	return 0;
}
