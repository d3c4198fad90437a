/* A forked child of a process that a library was put into begins its own recording, or goes without, by itself; what its parent
 * alone has mapped is not in its list. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attach.h"

static struct attach here;

static void call_some(void) {
	for (int i = 0; i < 10; i++) attach_call(&here, WIRE_ACTION_FREE, free, attach_call(&here, WIRE_ACTION_ALLOC, malloc, 100, 0), 0);
}

static void tell(const char *who) {
	const struct wire_guest_mapping *own = (const struct wire_guest_mapping *)here.guest->own;
	const struct wire_guest_thread *g = attach_thread(&here);
	printf("%s: own mapping %d, before its first call and after it ", who, own->bytes != 0);
	call_some();
	printf("%d, off %d, under way %d\n", own->bytes != 0, *(const uint8_t *)here.guest->off, g->outermost != 0);
	fflush(stdout);
}

static void wait_for(pid_t child) {
	int status;
	require(child > 0 && waitpid(child, &status, 0) == child && status == 0);
}

static void fork_by(bool hook, const char *who) {
	fflush(stdout);
	pid_t child = hook ? (pid_t)attach_call(&here, WIRE_ACTION_FORK, fork, 0, 0) : (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (child == 0) {
		tell(who);
		_exit(0);
	}
	wait_for(child);
}

int main(int argc, char **argv) {
	require(argc == 3);
	here = attach(argv[1], strcmp(argv[2], "children") == 0 ? WIRE_CHILDREN : 0, attach_find_tid());
	require(here.guest != NULL);
	tell("parent");
	fork_by(true, "child");
	fork_by(false, "raw clone's child");
	for (uint32_t i = 0; i < here.control->processes; i++) {
		const struct wire_process *p = attach_process(&here, i);
		printf("process %u: parent %u, fork %u, lost %u\n", i, p->parent, p->fork, (unsigned)p->lost);
	}
	printf("made %u, not recorded %u\n", attach_count(&here, WIRE_KIND_ALLOC) + attach_count(&here, WIRE_KIND_ALLOC_SHORT), here.control->unprofiled);
	return 0;
}
