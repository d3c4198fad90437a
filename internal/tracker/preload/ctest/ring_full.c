/* A writer that finds no room waits until the reader has made some, and says so;
 * then nothing is lost. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "../csrc/sys.h"

#include "host.h"

static void *reader(void *data) {
	struct thread *t = data;
	while (!__atomic_load_n(&t->ring->waiting, __ATOMIC_SEQ_CST)) usleep(100);
	require(load_acquire(&t->ring->head) == WIRE_RING_WORDS);
	puts("waiting");
	store_release(&t->ring->tail, 2);
	sys_futex_wake((uint32_t *)&t->ring->tail);
	return NULL;
}

int main(void) {
	struct thread *t = host_thread();
	for (uint64_t at = 0; at < WIRE_RING_WORDS; at += 2) ring_write2(t, (struct wire_event2){{at, at}});
	puts("full");
	pthread_t thread;
	require(pthread_create(&thread, NULL, reader, t) == 0);
	ring_write2(t, (struct wire_event2){{1001, 1002}});
	pthread_join(thread, NULL);
	require(t->words[0] == 1001 && t->words[1] == 1002 && t->words[2] == 2);
	require(t->live && !process.off && !t->ring->waiting);
	puts("written");
	return 0;
}
