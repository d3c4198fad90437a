#include "fork.h"

#include "child.h"
#include "core.h"
#include "imports.h"
#include "interrupted.h"

uint32_t fork_announce(uintptr_t frame_address) {
	if (process.off || !(process.control->flags & WIRE_CHILDREN)) return 0;
	CORE_CALL_AT(t, frame_address);
	if (!t) return 0;
	uint32_t number = add_relaxed(&process.control->forks, 1) + 1;
	t->stamp = arch_stamp_after();
	ring_write2(t, wire_fork(t->stamp, number));
	return number;
}

/* The fork that is under way; glibc lets one be at a time. */
static uint32_t announced_fork; /* its number */
static struct interrupted *interrupted;

static void before_fork(void) {
	announced_fork = fork_announce((uintptr_t)__builtin_frame_address(0));
	interrupted = interrupted_copy();
}

static void after_fork_in_parent(void) {
	announced_fork = 0;
	interrupted_go_on(interrupted);
}

static void after_fork_in_child(void) {
	uint32_t fork = announced_fork;
	announced_fork = 0;
	interrupted_go_on(interrupted);
	if (!process.off && fork) child_begin(fork);
}

void fork_hear(void) {
	if (&__register_atfork) __register_atfork(before_fork, after_fork_in_parent, after_fork_in_child, NULL);
	else if (&pthread_atfork) pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}
