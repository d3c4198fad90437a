/* Calls through pieces of machine code that it writes itself and that call each other, as a
 * just-in-time compiler's functions do, in memory that no file is mapped to and that no unwind
 * information speaks of. Three of them, each with a frame pointer, lie between main and
 * take (called by framed); a trampoline without one lies between two of them (called by
 * bounced); and one without one, in which more follows the call than its frame's end, is
 * the only one (called by frameless). Counts every block. x86-64. */
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

enum { FRAME_POINTER = 1, MORE = 2 };

/* Code that calls the function at callee: with a frame pointer, and with something between the
 * call and the end of its frame. */
static code *compile(int kind, code *callee)
{
	unsigned char *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *at = memory;
	uintptr_t address = (uintptr_t)callee;
	unsigned char frame = kind & FRAME_POINTER ? 32 : 40;
	if (memory == MAP_FAILED)
		_exit(98);
	if (kind & FRAME_POINTER)
		at = put(at, "\x55\x48\x89\xe5", 4); /* push rbp; mov rbp, rsp */
	at = put(at, "\x48\x83\xec", 3); /* sub rsp, frame */
	*at++ = frame;
	at = put(at, "\x48\xb8", 2); /* mov rax, callee */
	memcpy(at, &address, sizeof address);
	at += sizeof address;
	at = put(at, "\xff\xd0", 2); /* call rax */
	if (kind & MORE)
		*at++ = 0x90; /* nop */
	at = put(at, "\x48\x83\xc4", 3); /* add rsp, frame */
	*at++ = frame;
	if (kind & FRAME_POINTER)
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

__attribute__((noinline)) static void *bounced(code *f, size_t size)
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
	code *inner = compile(FRAME_POINTER | MORE, take);
	code *three = compile(FRAME_POINTER | MORE, compile(FRAME_POINTER | MORE, inner));
	code *between = compile(FRAME_POINTER | MORE, compile(0, inner));
	code *without = compile(MORE, take);
	for (int i = 0; i < 100; i++) {
		free(framed(three, 10 + i));
		count_free(10 + i);
		free(bounced(between, 20));
		count_free(20);
		free(frameless(without, 30 + i));
		count_free(30 + i);
	}
	count_print();
	return 0;
}
