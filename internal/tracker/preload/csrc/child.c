#include "child.h"

#include "join.h"
#include "limit.h"
#include "pool.h"
#include "process.h"
#include "refresh.h"
#include "sys.h"

void child_begin(uint32_t announced) {
	uint32_t parent = process.index + 1, deepest = process.slot->deepest;
	/* In the parent's pid namespace it is the child of whom the parent takes itself for,
	 * unless the parent has ended. */
	if (sys_getppid() != process.pid) process.elsewhere = true;
	process.pid = sys_getpid();
	process.loader_held = process.loader_held || process.many_threads;
	limit_begin_in_child();
	pool_forget_all();
	refresh_unlock_in_child();
	if (process.pid < 0 || !pool_may_begin()) {
		process_count_unprofiled(process.control);
		process_stop();
		return;
	}
	*process.alive = 1;
	if (!join_as_child(parent, announced)) {
		process_stop();
		return;
	}
	process.slot->deepest = deepest; /* of what it begins with */
}

void child_notice(uint32_t announced) {
	if (process.off || likely(load_relaxed(process.alive) != 0)) return;
	if (process.control->flags & WIRE_CHILDREN) {
		child_begin(announced);
		return;
	}
	process_count_unprofiled(process.control);
	process_stop();
}
