/* Threads ask for marks faster than a recorder makes them, interrupted by a signal that asks for
 * some, too: each is made once, or counted as lost. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "../csrc/mark.h"
#include "host.h"

enum {
	THREADS = 4,
	EACH = 20000,
};

static uint32_t made, signals, done;
static uint32_t seen[THREADS * EACH];

/* Makes what has been asked for, as replay.Reader does. */
static void make_marks(struct wire_control *c) {
	for (unsigned i = 0; i < WIRE_MAX_MARKS; i++) {
		struct wire_mark *m = &c->marks[i];
		uint32_t state = load_acquire(&m->state);
		if (state % WIRE_MARK_STEP != WIRE_MARK_ASKED) continue;
		require(m->process == process.index + 1 && m->stamp != 0);
		if (m->kind == WIRE_MARK_SIGNAL) signals++;
		else require(m->kind == WIRE_MARK_FUNCTION && m->number < THREADS * EACH && ++seen[m->number] == 1);
		made++;
		store_release(&m->state, state - WIRE_MARK_ASKED + WIRE_MARK_STEP);
	}
}

static void *ask(void *first) {
	for (uint32_t i = 0; i < EACH; i++) {
		mark_ask(WIRE_MARK_FUNCTION, (uint32_t)(uintptr_t)first * EACH + i);
		if (i % 100 == 0) raise(SIGUSR1);
	}
	add_relaxed(&done, 1);
	return NULL;
}

int main(void) {
	host_thread();
	struct wire_control *c = process.control;
	static uint32_t alive = 1;
	process.alive = &alive;
	process.index = 6;
	c->mark_signal = SIGUSR1;
	mark_on_signal();
	pthread_t threads[THREADS];
	for (uintptr_t i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, ask, (void *)i);
	while (load_relaxed(&done) < THREADS) make_marks(c);
	for (unsigned i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
	make_marks(c);
	require(c->marks_asked == made && made + c->lost_marks == THREADS * EACH + THREADS * EACH / 100);
	printf("%s, %s of signals\n", made ? "made" : "none made", signals ? "some" : "none");
	return 0;
}
