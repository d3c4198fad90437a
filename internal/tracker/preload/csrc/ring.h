/* Writing events into a thread's ring. */
#ifndef HEAPPROF_RING_H
#define HEAPPROF_RING_H

#include "thread.h"

enum { RING_MASK = WIRE_RING_WORDS - 1 };

/* Waits until the recorder has made room for n words. Returns false if there is no
 * recorder any more, or none that reads this ring: recording has then stopped. */
NOINLINE bool ring_wait(struct thread *t, unsigned n);

/* Wakes the recorder if it sleeps: half a ring is full. */
NOINLINE void ring_doorbell(void);

/* Whether nobody reads the rings of this process any more. */
bool ring_recorder_is_gone(void);

ALWAYS_INLINE bool ring_reserve(struct thread *t, unsigned n) {
	return likely(t->head + n <= t->room_until) || ring_wait(t, n);
}

ALWAYS_INLINE void ring_put(struct thread *t, unsigned i, uint64_t word) {
	t->words[(t->head + i) & RING_MASK] = word;
}

/* Hands the recorder the n words that were put from head on. Every event is
 * published at once, so that it survives the program, however that ends. */
ALWAYS_INLINE void ring_publish(struct thread *t, uint64_t head, unsigned n) {
	t->head = head + n;
	store_release(&t->ring->head, head + n);
	if (unlikely((head ^ (head + n)) & (WIRE_RING_WORDS / 2))) ring_doorbell();
}

/* Whole events. head is a local: for all the compiler knows, a store to the ring
 * could change t->head. */
ALWAYS_INLINE void ring_write1(struct thread *t, uint64_t w0) {
	if (unlikely(!ring_reserve(t, 1))) return;
	uint64_t head = t->head;
	t->words[head & RING_MASK] = w0;
	ring_publish(t, head, 1);
}

ALWAYS_INLINE void ring_write2(struct thread *t, uint64_t w0, uint64_t w1) {
	if (unlikely(!ring_reserve(t, 2))) return;
	uint64_t head = t->head, *words = t->words;
	words[head & RING_MASK] = w0;
	words[(head + 1) & RING_MASK] = w1;
	ring_publish(t, head, 2);
}

ALWAYS_INLINE void ring_write3(struct thread *t, uint64_t w0, uint64_t w1, uint64_t w2) {
	if (unlikely(!ring_reserve(t, 3))) return;
	uint64_t head = t->head, *words = t->words;
	words[head & RING_MASK] = w0;
	words[(head + 1) & RING_MASK] = w1;
	words[(head + 2) & RING_MASK] = w2;
	ring_publish(t, head, 3);
}

static inline void ring_write4(struct thread *t, uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3) {
	if (unlikely(!ring_reserve(t, 4))) return;
	ring_put(t, 0, w0);
	ring_put(t, 1, w1);
	ring_put(t, 2, w2);
	ring_put(t, 3, w3);
	ring_publish(t, t->head, 4);
}

#endif
