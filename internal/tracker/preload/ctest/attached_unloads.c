/* A library that is unloaded is forgotten at once: other code may come to lie where it was, which is not the library's. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attach.h"
#include "wire_read.h"

static struct attach here;
static uintptr_t returns_to; /* where in the library the function below was called from */

static int make(void *context, void *argument) {
	(void)context, (void)argument;
	returns_to = (uintptr_t)__builtin_return_address(0);
	free((void *)attach_call(&here, WIRE_ACTION_ALLOC, malloc, 50, 0));
	return 5; /* no more frames */
}

/* Has other code make a block, and call for it from the same address. */
static void make_from(uintptr_t address) {
	static const uint8_t code[] = {0x55, 0x48, 0x89, 0xe5, 0xff, 0xd7, 0x5d, 0xc3}; /* push %rbp; mov %rsp, %rbp; call *%rdi; pop %rbp; ret */
	enum { RETURNS_AT = 6 };
	uintptr_t begin = address - RETURNS_AT, page = begin & ~(uintptr_t)4095;
	require(mmap((void *)page, 8192, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == (void *)page);
	memcpy((void *)begin, code, sizeof code);
	((int (*)(int (*)(void *, void *)))begin)(make);
	require(returns_to == address);
}

static void nothing(void) {}

/* A recorder that has nothing to patch. */
static void *answer(void *unused) {
	(void)unused;
	for (struct wire_process *p = attach_process(&here, 0);; usleep(1000))
		if (__atomic_load_n(&p->plan, __ATOMIC_ACQUIRE) == WIRE_PLAN_WANTED) __atomic_store_n(&p->plan, WIRE_PLAN_READY, __ATOMIC_RELEASE);
	return NULL;
}

/* How many frames there are in the module of that number. */
static unsigned frames_in(unsigned module) {
	unsigned count = 0;
	for (uint32_t i = 0; i < here.control->rings; i++) {
		const uint64_t *words = attach_words(&here, i);
		for (uint64_t at = 0; at < attach_ring(&here, i)->head; at += read_words(words[at]))
			if (read_kind(words[at]) == WIRE_KIND_NODE && read_node(words[at], words[at + 1]).module == module) count++;
	}
	return count;
}

int main(int argc, char **argv) {
	require(argc == 2);
	here = attach(argv[1], 0, attach_find_tid());
	require(here.guest != NULL);
	pthread_t recorder;
	require(pthread_create(&recorder, NULL, answer, NULL) == 0);
	unsigned modules = attach_count(&here, WIRE_KIND_MODULE);
	void *library = dlopen("libgcc_s.so.1", RTLD_NOW);
	require(library != NULL);
	attach_call(&here, WIRE_ACTION_LOADED, nothing, 0, 0);
	int (*walk)(int (*)(void *, void *), void *) = (int (*)(int (*)(void *, void *), void *))dlsym(library, "_Unwind_Backtrace");
	require(walk != NULL);
	walk(make, NULL);
	printf("one came: %d, with frames: %d\n", attach_count(&here, WIRE_KIND_MODULE) == modules + 1, frames_in(modules) > 0);
	unsigned frames = frames_in(modules);
	dlclose(library);
	attach_call(&here, WIRE_ACTION_LOADED, nothing, 0, 0);
	make_from(returns_to);
	printf("more frames: %u, made %u\n", frames_in(modules) - frames, attach_count(&here, WIRE_KIND_ALLOC) + attach_count(&here, WIRE_KIND_ALLOC_SHORT));
	return 0;
}
