/* A library that comes to a process which runs knows that and its modules at once, and hooks that are reached by patched
 * entries record; what cannot be had without names of the C library's is refused, and leaves nothing. */
#include <stdio.h>
#include <stdlib.h>

#include "attach.h"

static struct attach here;
static uint64_t during[2];

static void *allocate(size_t bytes) {
	const struct wire_guest_thread *g = attach_thread(&here);
	require(g != NULL);
	during[0] = g->outermost;
	during[1] = g->innermost;
	return malloc(bytes);
}

int main(int argc, char **argv) {
	require(argc == 2);
	here = attach(argv[1], 0, attach_find_tid());
	require(here.guest != NULL);
	const struct wire_process *process = attach_process(&here, 0);
	printf("ready: %d, of this process: %d, knows itself: %d\n", process->state == WIRE_PROCESS_READY, process->pid == here.from.pid, process->guest == (uint64_t)here.guest);
	unsigned modules = attach_count(&here, WIRE_KIND_MODULE);
	printf("its modules, and itself: %d\n", modules == here.from.module_count + 1);
	void *block = (void *)attach_call(&here, WIRE_ACTION_ALLOC, allocate, 100, 0);
	block = (void *)attach_call(&here, WIRE_ACTION_REALLOC, realloc, (uintptr_t)block, 1000);
	attach_call(&here, WIRE_ACTION_FREE, free, (uintptr_t)block, 0);
	unsigned made = attach_count(&here, WIRE_KIND_ALLOC) + attach_count(&here, WIRE_KIND_ALLOC_SHORT);
	unsigned freed = attach_count(&here, WIRE_KIND_FREE) + attach_count(&here, WIRE_KIND_FREE_SHORT);
	printf("made %u, resized %u, freed %u, lost %u\n", made, attach_count(&here, WIRE_KIND_REALLOCED), freed, (unsigned)process->lost);
	printf("no module again: %d\n", attach_count(&here, WIRE_KIND_MODULE) == modules);
	const struct wire_guest_thread *g = attach_thread(&here);
	printf("under way then: %d, now: %d\n", during[0] != 0 && during[0] == during[1], g->outermost != 0 || g->innermost != 0);
	return 0;
}
