#include "mark.h"

#include "process.h"
#include "ring.h"
#include "sys.h"

/* The stamp is read, and the place is filled, before this thread writes another event: the
 * recorder sees the mark no later than that. A clock that must not be read is the
 * recorder's to read. */
void mark_ask(uint32_t kind, uint32_t number) {
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
		store_release(&m->state, free + WIRE_MARK_ASKED);
		__atomic_fetch_add(&c->marks_asked, 1, __ATOMIC_RELEASE);
		ring_doorbell();
		return;
	}
	add_relaxed(&c->lost_marks, 1);
}

static uint8_t entered[WIRE_MAX_MARKED];

uint8_t *mark_entered(uint64_t number) { return &entered[number % WIRE_MAX_MARKED]; }

/* A forked child that has not begun its own recording has no account that a mark could be in. */
static void on_signal(int number) {
	(void)number;
	if (!load_relaxed(&process.off) && load_relaxed(process.alive)) mark_ask(WIRE_MARK_SIGNAL, 0);
}

void mark_on_signal(void) {
	uint32_t number = process.control->mark_signal;
	if (number) sys_handle_signal((int)number, on_signal);
}
