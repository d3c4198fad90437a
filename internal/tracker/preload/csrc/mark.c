#include "mark.h"

#include "copy.h"
#include "process.h"
#include "ring.h"
#include "sys.h"

/* Asks for a mark and returns its place, whose state is *asked until it is answered; NULL: there
 * is no place.
 *
 * The stamp is read, and the place is filled, before this thread writes another event: the
 * recorder sees the mark no later than that. A clock that must not be read is the
 * recorder's to read. */
static struct wire_mark *ask(uint32_t kind, uint32_t number, uint32_t *asked) {
	struct wire_control *c = process.control;
	uint64_t stamp = load_relaxed(&process.paused) ? 0 : arch_stamp_after();
	uint32_t first = add_relaxed(&c->next_mark, 1);
	for (uint32_t i = 0; i < WIRE_MAX_MARKS; i++) {
		struct wire_mark *m = &c->marks[(first + i) % WIRE_MAX_MARKS];
		uint32_t free = load_relaxed(&m->state);
		if (free % WIRE_MARK_STEP != WIRE_MARK_FREE) continue;
		if (!__atomic_compare_exchange_n(&m->state, &free, free + WIRE_MARK_CLAIMED, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) continue;
		m->kind = kind;
		m->process = process.index + 1;
		m->number = number;
		m->stamp = stamp;
		m->name_bytes = 0;
		*asked = free + WIRE_MARK_ASKED;
		store_release(&m->state, *asked);
		__atomic_fetch_add(&c->marks_asked, 1, __ATOMIC_RELEASE);
		ring_doorbell();
		return m;
	}
	add_relaxed(&c->lost_marks, 1);
	return NULL;
}

void mark_ask(uint32_t kind, uint32_t number) {
	uint32_t asked;
	ask(kind, number, &asked);
}

static uint8_t entered[WIRE_MAX_MARKED];

uint8_t *mark_entered(uint64_t number) { return &entered[number % WIRE_MAX_MARKED]; }

static uint8_t exits;

uint8_t *mark_exits(void) { return &exits; }

/* Asks for a mark and waits until it is answered, but not for ever, nor where the recorder is gone. Returns the
 * answer; 0: there is none. A copy of a large heap takes 0.1 s a GiB. Without a clock nobody would
 * know how long this waits. */
static uint32_t ask_and_wait(uint32_t kind, uint32_t number) {
	enum {
		PATIENCE = 10, /* seconds */
		LOOK_MS = 10,  /* whether the recorder lives, or asks for a copy */
	};
	if (load_relaxed(&process.paused)) return 0;
	uint32_t asked;
	struct wire_mark *m = ask(kind, number, &asked);
	if (!m) return 0;
	uint64_t began = arch_stamp_after(), patience = arch_ticks(PATIENCE);
	while (load_acquire(&m->state) == asked) {
		if (arch_stamp_after() - began > patience || ring_recorder_is_gone()) {
			/* It is taken back, unless the recorder has it by now. */
			__atomic_compare_exchange_n(&m->state, &asked, asked - WIRE_MARK_ASKED + WIRE_MARK_STEP, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
			return 0;
		}
		copy_if_asked();
		sys_futex_wait(&m->state, asked, LOOK_MS);
	}
	uint32_t outcome = load_relaxed(&m->outcome);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	/* Another thread may have the place by now. */
	return load_relaxed(&m->state) == asked - WIRE_MARK_ASKED + WIRE_MARK_STEP ? outcome : 0;
}

void mark_exit(void) { ask_and_wait(WIRE_MARK_EXIT, (uint32_t)sys_gettid()); }

bool mark_asks_of_stack(uint32_t stack, bool *fails) {
	uint32_t outcome = ask_and_wait(WIRE_MARK_STACK, stack);
	*fails = outcome == WIRE_MARK_MADE;
	return outcome;
}

/* A forked child that has not begun its own recording has no account that a mark could be in. */
static void on_signal(int number) {
	(void)number;
	if (!load_relaxed(&process.off) && load_relaxed(process.alive)) mark_ask(WIRE_MARK_SIGNAL, 0);
}

void mark_on_signal(void) {
	uint32_t number = process.control->mark_signal;
	if (number) sys_handle_signal((int)number, on_signal);
}
