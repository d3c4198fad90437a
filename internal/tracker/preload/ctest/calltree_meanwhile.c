/* A module goes while a node is made that lies elsewhere: the node stays, and so do the others of
 * its pc. The change comes from the doorbell, behind the event. */
#include "calltree.h"

#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>

static void *page;

static void change(int signal) {
	(void)signal;
	mprotect(page, WIRE_PAGE, PROT_READ | PROT_WRITE);
	module_epoch++;
}

static uint32_t child(struct thread *t, uint32_t parent, uintptr_t pc) { return calltree_child(t, parent, pc, calltree_hash(parent, pc)); }

int main(void) {
	enum {
		PC = 0x1000,
		MOST = WIRE_RING_WORDS,
	};
	static struct view v;
	static uint32_t callers[MOST], nodes[MOST], count;
	struct thread *t = calltree_thread();
	/* The event after these fills half of the ring. */
	while (t->head != WIRE_RING_WORDS / 2 - 4) {
		callers[count] = child(t, WIRE_ROOT, PC + 1 + count);
		nodes[count] = child(t, callers[count], PC);
		count++;
		view_read(&v, t);
	}
	callers[count] = child(t, WIRE_ROOT, PC + 1 + count);
	signal(SIGSEGV, change);
	page = mmap(NULL, WIRE_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	process.control = page;
	nodes[count] = child(t, callers[count], PC);
	require(module_epoch == 1);
	view_read(&v, t);
	uint64_t told = v.nodes;
	for (uint32_t i = 0; i <= count; i++) require(child(t, callers[i], PC) == nodes[i]);
	view_read(&v, t);
	require(v.nodes == told);
	puts("all there");
	return 0;
}
