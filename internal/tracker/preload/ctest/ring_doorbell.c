/* The doorbell rings each time half of the ring has been filled, if the recorder
 * sleeps, and not else. */
#include <stdio.h>

#include "host.h"

static uint32_t rings_while_filling(struct thread *t, uint32_t sleeping) {
	uint32_t before = process.control->doorbell;
	process.control->sleeping = sleeping;
	for (unsigned words = 0; words < 4 * WIRE_RING_WORDS; words += 2) {
		ring_write2(t, (struct wire_event2){{1, 2}});
		t->ring->tail = t->head;
	}
	return process.control->doorbell - before;
}

int main(void) {
	struct thread *t = host_thread();
	printf("asleep: %u\n", rings_while_filling(t, 1));
	printf("awake: %u\n", rings_while_filling(t, 0));
	return 0;
}
