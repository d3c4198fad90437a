/* A signal handler may leave a hook for good in the middle of a new node. The signal comes from
 * the doorbell, behind the event. The node gets another number then, and no other is lost. */
#include "calltree.h"

#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>

static sigjmp_buf outside;

static void leave(int signal) {
	(void)signal;
	siglongjmp(outside, 1);
}

static uint32_t child(struct thread *t, uintptr_t pc) { return calltree_child(t, WIRE_ROOT, pc, calltree_hash(0, pc)); }

int main(void) {
	static struct view v;
	static uint64_t pc = 0;
	struct thread *t = calltree_thread();
	struct wire_control *control = process.control;
	/* The event after these fills half of the ring. */
	while (t->head != WIRE_RING_WORDS / 2 - 2) {
		child(t, ++pc);
		view_read(&v, t);
	}
	signal(SIGSEGV, leave);
	if (!sigsetjmp(outside, 1)) {
		process.control = mmap(NULL, WIRE_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		child(t, pc + 1);
		require(!"left");
	}
	process.control = control;
	uint64_t heard = v.nodes;
	view_read(&v, t);
	printf("%d event\n", (int)(v.nodes - heard));
	for (uint64_t again = 1; again <= pc + 1; again++) {
		uint32_t number = child(t, again);
		view_read(&v, t);
		require(v.meaning[number] == stack_hash(0, again));
	}
	printf("%d events\n", (int)(v.nodes - heard));
	return 0;
}
