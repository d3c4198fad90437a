/* Writing events into a thread's ring. */
#ifndef HEAPPROF_RING_H
#define HEAPPROF_RING_H

#include "thread.h"

enum { RING_MASK = WIRE_RING_WORDS - 1 };

/* Waits until the recorder has made room for n words. Returns false if there is no
 * recorder any more, or none that reads this ring: recording has then stopped. */
NOINLINE bool ring_wait(struct thread *t, unsigned n);

/* Wakes the recorder if it sleeps. Called when half a ring is full. */
NOINLINE void ring_doorbell(void);

/* Reports whether the recorder has ended, however it did. */
bool ring_recorder_died(void);

/* Reports whether the rings of this process are not read any more. */
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

/* Whole events. ring_write2 reports whether it was written. head is a local: for all the
 * compiler knows, a store to the ring could change t->head. */
ALWAYS_INLINE void ring_write1(struct thread *t, struct wire_event1 e) {
	if (unlikely(!ring_reserve(t, 1))) return;
	uint64_t head = t->head;
	t->words[head & RING_MASK] = e.w[0];
	ring_publish(t, head, 1);
}

ALWAYS_INLINE bool ring_write2(struct thread *t, struct wire_event2 e) {
	if (unlikely(!ring_reserve(t, 2))) return false;
	uint64_t head = t->head, *words = t->words;
	words[head & RING_MASK] = e.w[0];
	words[(head + 1) & RING_MASK] = e.w[1];
	ring_publish(t, head, 2);
	return true;
}

ALWAYS_INLINE void ring_write3(struct thread *t, struct wire_event3 e) {
	if (unlikely(!ring_reserve(t, 3))) return;
	uint64_t head = t->head, *words = t->words;
	words[head & RING_MASK] = e.w[0];
	words[(head + 1) & RING_MASK] = e.w[1];
	words[(head + 2) & RING_MASK] = e.w[2];
	ring_publish(t, head, 3);
}

static inline void ring_write4(struct thread *t, struct wire_event4 e) {
	if (unlikely(!ring_reserve(t, 4))) return;
	for (unsigned i = 0; i < 4; i++) ring_put(t, i, e.w[i]);
	ring_publish(t, t->head, 4);
}

/* An event of n words and the text behind them, in two parts. */
static inline void ring_write_text(struct thread *t, const uint64_t *event, unsigned n, const void *first, size_t first_bytes, const void *second, size_t second_bytes) {
	unsigned words = n + wire_text_words(first_bytes + second_bytes);
	if (!ring_reserve(t, words)) return;
	for (unsigned i = 0; i < n; i++) ring_put(t, i, event[i]);
	for (unsigned i = n; i < words; i++) ring_put(t, i, wire_text(first, first_bytes, second, second_bytes, i - n));
	ring_publish(t, t->head, words);
}

#endif
