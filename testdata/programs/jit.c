/* Calls through machine code that it writes itself, as a just-in-time compiler
 * does, into memory that no file is mapped to and that no unwind information
 * speaks of. Each piece of code is unmapped again, and the next one, with a frame
 * of another size, comes to the same address: with a frame pointer (called by
 * framed), without one (called by frameless), and one that calls malloc itself,
 * whose blocks are not counted. Counts every other block. x86-64. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "count.h"

typedef void *code(size_t);

__attribute__((noinline)) static void *take(size_t size)
{
	void *p = malloc(size);
	count_alloc(size);
	return p;
}

static unsigned char *put(unsigned char *at, const char *bytes, size_t n)
{
	memcpy(at, bytes, n);
	return at + n;
}

/* Code that calls the function at callee, with frame bytes of its own, a
 * multiple of 16 below 128. */
static code *compile(int with_frame_pointer, unsigned char frame, code *callee)
{
	unsigned char *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *at = memory;
	uintptr_t address = (uintptr_t)callee;
	if (memory == MAP_FAILED)
		_exit(98);
	if (with_frame_pointer)
		at = put(at, "\x55\x48\x89\xe5", 4); /* push rbp; mov rbp, rsp */
	else
		frame += 8;
	at = put(at, "\x48\x83\xec", 3); /* sub rsp, frame */
	*at++ = frame;
	at = put(at, "\x48\xb8", 2); /* mov rax, callee */
	memcpy(at, &address, sizeof address);
	at += sizeof address;
	at = put(at, "\xff\xd0", 2); /* call rax */
	at = put(at, "\x48\x83\xc4", 3); /* add rsp, frame */
	*at++ = frame;
	if (with_frame_pointer)
		*at++ = 0x5d; /* pop rbp */
	*at++ = 0xc3; /* ret */
	if (mprotect(memory, 4096, PROT_READ | PROT_EXEC))
		_exit(97);
	return (code *)memory;
}

__attribute__((noinline)) static void *framed(code *f, size_t size)
{
	void *p = f(size);
	__asm__ volatile("" ::: "memory");
	return p;
}

__attribute__((noinline)) static void *frameless(code *f, size_t size)
{
	void *p = f(size);
	__asm__ volatile("" ::: "memory");
	return p;
}

int main(void)
{
	for (int i = 0; i < 100; i++) {
		unsigned char frame = (unsigned char)(16 * (i % 7));
		code *with = compile(1, frame, take);
		free(framed(with, 10 + i));
		count_free(10 + i);
		free(framed(with, 20));
		count_free(20);
		munmap((void *)with, 4096);
		code *without = compile(0, frame, take);
		free(frameless(without, 30 + i));
		count_free(30 + i);
		munmap((void *)without, 4096);
		code *straight = compile(i % 2, frame, malloc);
		free(framed(straight, 40));
		munmap((void *)straight, 4096);
	}
	count_print();
	return 0;
}
