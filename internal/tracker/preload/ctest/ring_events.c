/* An event is in the ring, and published, as soon as it is written. */
#include <inttypes.h>
#include <stdio.h>

#include "host.h"

static void show(const struct thread *t, uint64_t from) {
	for (; from < t->ring->head; from++) printf("%" PRIu64 " ", t->words[from]);
	printf("of %" PRIu64 "\n", t->ring->head);
}

int main(void) {
	struct thread *t = host_thread();
	ring_write1(t, (struct wire_event1){{11}});
	show(t, 0);
	ring_write2(t, (struct wire_event2){{21, 22}});
	show(t, 1);
	ring_write3(t, (struct wire_event3){{31, 32, 33}});
	show(t, 3);
	if (ring_reserve(t, 2)) {
		ring_put(t, 0, 41);
		ring_put(t, 1, 42);
		show(t, 6); /* not yet published */
		ring_publish(t, t->head, 2);
		show(t, 6);
	}
	return 0;
}
