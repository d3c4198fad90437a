#include "ring.h"

#include "process.h"
#include "sys.h"

void ring_doorbell(void) {
	struct wire_control *c = process.control;
	if (!load_relaxed(&c->sleeping)) return;
	add_relaxed(&c->doorbell, 1);
	sys_futex_wake(&c->doorbell);
}

/* Reports whether the recorder takes this process to have ended, since it could not tell it
 * by its id. */
static bool is_done(void) { return load_acquire(&process.slot->state) == WIRE_PROCESS_DONE; }

bool ring_recorder_died(void) {
	struct wire_control *c = process.control;
	/* No system call: a sandbox may end the program at kill(2), and in another
	 * pid namespace the recorder's id means nothing. */
	uint32_t life = load_relaxed(&c->recorder_life);
	return life ? life & WIRE_OWNER_DIED : !sys_process_exists((int)c->recorder_pid);
}

bool ring_recorder_is_gone(void) {
	return load_acquire(&process.control->recorder) != WIRE_RECORDER_ON || load_relaxed(&process.off) || is_done() || ring_recorder_died();
}

/* In each round the recorder reads something of a full ring. It has given up on a ring, or
 * never knew of it, if nothing was read in UNREAD_ROUNDS rounds and UNREAD_WAITS waits. */
enum {
	UNREAD_ROUNDS = 8,
	UNREAD_WAITS = 40,
	WAIT_MS = 50,
};

bool ring_wait(struct thread *t, unsigned n) {
	/* The state was wiped: a signal handler has interrupted this hook and forked, and this is
	 * the child. */
	if (!t->live) return false;
	struct wire_ring *ring = t->ring;
	struct wire_control *c = process.control;
	uint64_t last = load_acquire(&ring->tail);
	uint32_t since = load_acquire(&c->rounds);
	for (unsigned waits = 0; load_relaxed(&t->live); waits++) {
		uint64_t tail = load_acquire(&ring->tail);
		t->room_until = tail + WIRE_RING_WORDS;
		if (t->head + n <= t->room_until) return true;
		uint32_t rounds = load_acquire(&c->rounds);
		if (tail != last) {
			last = tail;
			since = rounds;
			waits = 0;
		}
		bool unread = waits >= UNREAD_WAITS && rounds - since >= UNREAD_ROUNDS;
		if (unread || ring_recorder_is_gone()) {
			if (is_done()) process_count_unprofiled(c);
			else if (unread) process_count_lost();
			process_stop();
			t->live = 0;
			return false;
		}
		__atomic_store_n(&ring->waiting, 1, __ATOMIC_SEQ_CST);
		ring_doorbell();
		/* The recorder looks at waiting after it has moved tail, so either it sees that this
		 * thread waits, or this thread sees that there is room. The limit on the time is
		 * for a recorder that was killed. */
		sys_futex_wait((uint32_t *)&ring->tail, (uint32_t)tail, WAIT_MS);
		store_relaxed(&ring->waiting, 0);
	}
	return false;
}
