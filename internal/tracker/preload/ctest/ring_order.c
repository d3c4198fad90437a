/* Events of all sizes go round the ring some hundred times, past a reader that
 * is now faster, now slower: it reads every word, once, in order, and the writer
 * never overtakes it. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "../csrc/sys.h"

#include "host.h"

enum { WORDS = 300 * WIRE_RING_WORDS };

static void *reader(void *data) {
	struct thread *t = data;
	uint64_t at = 0;
	while (at < WORDS) {
		uint64_t head = load_acquire(&t->ring->head);
		require(head - at <= WIRE_RING_WORDS);
		if (at / WIRE_RING_WORDS % 16 == 0) usleep(100); /* slower: the ring gets full */
		for (; at < head; at++) require(t->words[at & RING_MASK] == at);
		store_release(&t->ring->tail, at);
		if (__atomic_load_n(&t->ring->waiting, __ATOMIC_SEQ_CST)) sys_futex_wake((uint32_t *)&t->ring->tail);
	}
	return NULL;
}

int main(void) {
	struct thread *t = host_thread();
	pthread_t thread;
	require(pthread_create(&thread, NULL, reader, t) == 0);
	for (uint64_t at = 0; at < WORDS;) {
		switch (at % 7) {
		case 0:
		case 4:
			ring_write1(t, (struct wire_event1){{at}});
			at += 1;
			break;
		case 1:
		case 3:
			ring_write2(t, (struct wire_event2){{at, at + 1}});
			at += 2;
			break;
		default:
			ring_write3(t, (struct wire_event3){{at, at + 1, at + 2}});
			at += 3;
			break;
		}
	}
	pthread_join(thread, NULL);
	puts("in order");
	return 0;
}
