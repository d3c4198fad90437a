#include "ring.h"

void ring_doorbell(void) {
	struct wire_control *c = process.control;
	if (!load_relaxed(&c->sleeping)) return;
	add_relaxed(&c->doorbell, 1);
	sys_futex_wake(&c->doorbell);
}

bool ring_recorder_is_gone(void) {
	struct wire_control *c = process.control;
	if (load_acquire(&c->recorder) != WIRE_RECORDER_ON) return true;
	/* No system call: a sandbox may end the program at kill(2), and in another
	 * pid namespace the recorder's id means nothing. */
	uint32_t life = load_relaxed(&c->recorder_life);
	return life ? life & WIRE_OWNER_DIED : !sys_process_exists((int)c->recorder_pid);
}

bool ring_wait(struct thread *t, unsigned n) {
	struct wire_ring *ring = t->ring;
	for (;;) {
		uint64_t tail = load_acquire(&ring->tail);
		t->room_until = tail + WIRE_RING_WORDS;
		if (t->head + n <= t->room_until) return true;
		if (ring_recorder_is_gone()) {
			process_stop();
			t->live = 0;
			return false;
		}
		__atomic_store_n(&ring->waiting, 1, __ATOMIC_SEQ_CST);
		ring_doorbell();
		/* The recorder looks at waiting after it has moved tail, so one of the
		 * two sees the other; the limit is for a recorder that was killed. */
		sys_futex_wait((uint32_t *)&ring->tail, (uint32_t)tail, 50);
		store_relaxed(&ring->waiting, 0);
	}
}
