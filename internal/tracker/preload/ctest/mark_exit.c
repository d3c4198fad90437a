/* A process that is about to exit waits for its mark: until it is answered, also where it may not
 * wait on a futex, or until the recorder is gone, and not at all without a place or a clock. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "../csrc/mark.h"
#include "../csrc/sys.h"
#include "host.h"

enum { LATER_US = 20000 };

static struct wire_control *control;
static uint32_t answered;

static struct wire_mark *find(uint32_t state) {
	for (unsigned i = 0; i < WIRE_MAX_MARKS; i++)
		if (load_acquire(&control->marks[i].state) % WIRE_MARK_STEP == state) return &control->marks[i];
	return NULL;
}

static void *answer(void *unused) {
	struct wire_mark *m;
	while (!(m = find(WIRE_MARK_ASKED))) usleep(100);
	require(m->kind == WIRE_MARK_EXIT && m->process == process.index + 1 && m->number == (uint32_t)getpid() && m->stamp);
	usleep(LATER_US);
	store_relaxed(&answered, answered + 1);
	store_release(&m->state, m->state - WIRE_MARK_ASKED + WIRE_MARK_STEP);
	sys_futex_wake(&m->state);
	return unused;
}

static void *leave(void *unused) {
	while (!find(WIRE_MARK_ASKED)) usleep(100);
	store_release(&control->recorder, WIRE_RECORDER_GONE);
	return unused;
}

/* Returns whether the mark was answered before the process went on. */
static bool exit_beside(void *(*recorder)(void *)) {
	uint32_t before = answered;
	pthread_t thread;
	pthread_create(&thread, NULL, recorder, NULL);
	mark_exit();
	bool was_answered = load_relaxed(&answered) != before;
	pthread_join(thread, NULL);
	return was_answered;
}

int main(void) {
	host_thread();
	control = process.control;
	process.index = 6;
	printf("%d answered\n", exit_beside(answer));
	sys_forbid(1u << SYS_CALL_WAIT | 1u << SYS_CALL_YIELD);
	printf("%d answered without waiting\n", exit_beside(answer));
	sys_forbid(0);
	process.paused = true;
	mark_exit();
	process.paused = false;
	printf("%d asked without a clock\n", find(WIRE_MARK_ASKED) != NULL);
	printf("%d answered by nobody", exit_beside(leave));
	printf(", %d left\n", find(WIRE_MARK_ASKED) != NULL);
	for (unsigned i = 0; i < WIRE_MAX_MARKS; i++) control->marks[i].state = WIRE_MARK_CLAIMED;
	mark_exit();
	printf("%u had no place\n", control->lost_marks);
	return 0;
}
