/* Writing events into a thread's ring. */
#ifndef HEAPPROF_RING_H
#define HEAPPROF_RING_H

#include "thread.h"

/* Waits until the recorder has made room for n words. Returns false if there
 * is no recorder any more: recording has then stopped. */
COLD bool ring_wait(struct thread *t, unsigned n);

/* Wakes the recorder if it sleeps: half a ring is full. */
COLD void ring_doorbell(struct thread *t);

ALWAYS_INLINE bool ring_reserve(struct thread *t, unsigned n) {
	return likely(t->head + n <= t->room_until) || ring_wait(t, n);
}

ALWAYS_INLINE void ring_put(struct thread *t, unsigned i, uint64_t word) {
	t->words[(t->head + i) & (WIRE_RING_WORDS - 1)] = word;
}

/* Hands the recorder the n words that were put. Every event is published at
 * once, so that it survives the program, however that ends. */
ALWAYS_INLINE void ring_publish(struct thread *t, unsigned n) {
	uint64_t head = t->head + n;
	store_release(&t->ring->head, head);
	uint64_t crossed = head ^ t->head;
	t->head = head;
	if (unlikely(crossed & (WIRE_RING_WORDS / 2))) ring_doorbell(t);
}

ALWAYS_INLINE void ring_write1(struct thread *t, uint64_t w0) {
	if (unlikely(!ring_reserve(t, 1))) return;
	ring_put(t, 0, w0);
	ring_publish(t, 1);
}

ALWAYS_INLINE void ring_write2(struct thread *t, uint64_t w0, uint64_t w1) {
	if (unlikely(!ring_reserve(t, 2))) return;
	ring_put(t, 0, w0);
	ring_put(t, 1, w1);
	ring_publish(t, 2);
}

ALWAYS_INLINE void ring_write3(struct thread *t, uint64_t w0, uint64_t w1, uint64_t w2) {
	if (unlikely(!ring_reserve(t, 3))) return;
	ring_put(t, 0, w0);
	ring_put(t, 1, w1);
	ring_put(t, 2, w2);
	ring_publish(t, 3);
}

#endif
