/* Writes machine code, of which it tells in a perf map that it is the function first, and calls it 100 times; then tells that
 * the same code, at the same place, is the function second, where it is called with an argument, and calls it 100 times more. Counts every block.
 * x86-64. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "count.h"

typedef void *code(size_t);

__attribute__((noinline)) static void *take(size_t size)
{
	void *p = malloc(size);
	count_alloc(size);
	return p;
}

static void tell(const char *name, code *function)
{
	char path[64], line[64];
	snprintf(path, sizeof path, "/tmp/perf-%d.map", (int)getpid());
	int n = snprintf(line, sizeof line, "%lx 20 %s\n", (unsigned long)(uintptr_t)function, name);
	FILE *map = fopen(path, "a");
	if (!map || fwrite(line, 1, (size_t)n, map) != (size_t)n || fclose(map))
		_exit(96);
}

static void call(code *function)
{
	for (int i = 0; i < 100; i++) {
		free(function(1000));
		count_free(1000);
	}
}

int main(int argc, char **argv)
{
	(void)argv;
	unsigned char bytes[] = "\x55\x48\x89\xe5\x48\xb8________\xff\xd0\x90\x5d\xc3"; /* push rbp; mov rbp, rsp; mov rax, …; call rax; nop; pop rbp; ret */
	uintptr_t callee = (uintptr_t)take;
	memcpy(bytes + 6, &callee, sizeof callee);
	void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		_exit(98);
	memcpy(memory, bytes, sizeof bytes);
	if (mprotect(memory, 4096, PROT_READ | PROT_EXEC))
		_exit(97);
	tell("first", (code *)memory);
	call((code *)memory);
	if (argc > 1)
		tell("second", (code *)memory);
	call((code *)memory);
	count_print();
	return 0;
}
