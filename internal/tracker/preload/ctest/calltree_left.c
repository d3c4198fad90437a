/* A signal handler may leave a hook for good in the middle of a new node. An id
 * of the node whose place that takes must not hold once the recorder has heard
 * of the new one. The signal comes from the doorbell, behind the event. */
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

int main(void) {
	static struct view v;
	static uint32_t ids[NODE_WAYS];
	static uint64_t pc = 0;
	struct thread *t = host_thread(NODE_WAYS);
	struct wire_control *control = process.control;
	/* The event after these fills half of the ring. */
	while (t->head != WIRE_RING_WORDS / 2 - 2) {
		pc++;
		ids[pc % NODE_WAYS] = calltree_child(t, WIRE_ROOT, pc, 0);
		view_read(&v, t);
	}
	signal(SIGSEGV, leave);
	if (!sigsetjmp(outside, 1)) {
		process.control = mmap(NULL, WIRE_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		calltree_child(t, WIRE_ROOT, pc + 1, 0);
		require(!"left");
	}
	process.control = control;
	uint64_t heard = v.nodes;
	view_read(&v, t);
	unsigned hold = 0;
	for (uint64_t old = pc - NODE_WAYS + 1; old <= pc; old++) {
		uint32_t id = ids[old % NODE_WAYS];
		if (!calltree_holds(t, id)) continue;
		require(v.meaning[calltree_slot(id)] == stack_hash(0, old));
		hold++;
	}
	printf("%d event, %u nodes hold\n", (int)(v.nodes - heard), hold);
	return 0;
}
