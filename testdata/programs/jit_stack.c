/* Calls through machine code that it writes itself and that has a stack of its own, as Erlang's functions have: outer begins that
 * stack, with a frame record that has no outer one and a return address behind no call, and calls inner, which goes back to the thread's
 * stack to call take. The other stack is mapped anew for each call and is gone after it. Counts every block. x86-64. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "count.h"

typedef void *code(char *stack_end, void *inner, size_t size);

enum { STACK = 64 << 10 };

__attribute__((noinline)) static void *take(size_t size)
{
	void *p = malloc(size);
	count_alloc(size);
	return p;
}

static void *map(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		_exit(98);
	return p;
}

static void *made(const char *bytes, size_t n)
{
	void *memory = map(4096);
	memcpy(memory, bytes, n);
	if (mprotect(memory, 4096, PROT_READ | PROT_EXEC))
		_exit(97);
	return memory;
}

static code *make_outer(void)
{
	static const char bytes[] =
		"\x55\x53\x48\x83\xec\x08"     /* push rbp; push rbx; sub rsp, 8 */
		"\x48\x89\xe3\x48\x89\xfc"     /* mov rbx, rsp; mov rsp, rdi */
		"\x48\x8d\x05\x15\x00\x00\x00" /* lea rax, [the nop] */
		"\x50\x6a\x00\x48\x89\xe5"     /* push rax; push 0; mov rbp, rsp */
		"\x48\x89\xd7\xff\xd6"         /* mov rdi, rdx; call rsi */
		"\x48\x89\xdc\x48\x83\xc4\x08" /* mov rsp, rbx; add rsp, 8 */
		"\x5b\x5d\xc3\x90";            /* pop rbx; pop rbp; ret; nop */
	return (code *)made(bytes, sizeof bytes - 1);
}

static void *make_inner(void)
{
	static const char begin[] = "\x55\x48\x89\xe5\x48\x89\xdc\x48\xb8"; /* push rbp; mov rbp, rsp; mov rsp, rbx; mov rax, … */
	static const char end[] = "\xff\xd0\x48\x89\xec\x5d\xc3";           /* call rax; mov rsp, rbp; pop rbp; ret */
	uintptr_t callee = (uintptr_t)take;
	char bytes[64];
	memcpy(bytes, begin, sizeof begin - 1);
	memcpy(bytes + sizeof begin - 1, &callee, sizeof callee);
	memcpy(bytes + sizeof begin - 1 + sizeof callee, end, sizeof end - 1);
	return made(bytes, sizeof begin - 1 + sizeof callee + sizeof end - 1);
}

int main(void)
{
	code *outer = make_outer();
	void *inner = make_inner();
	for (int i = 0; i < 100; i++) {
		char *stack = map(STACK);
		void *p = outer(stack + STACK / 2, inner, 10 + i);
		munmap(stack, STACK);
		free(p);
		count_free(10 + i);
	}
	count_print();
	return 0;
}
