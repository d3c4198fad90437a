/* Sampling: which blocks are recorded where not all are.
 *
 * Each allocated byte has the same chance. A thread has a countdown of bytes until the next
 * sample, drawn from an exponential distribution with the mean that the recorder asks for;
 * the block in which it ends is recorded, and it is drawn anew. So a block of s bytes is
 * recorded with the probability 1 - e^(-s/mean), whatever else the thread allocates: the
 * distribution has no memory. Hence it does not matter either that a call within another
 * one's counts down as well, only that what it draws is not recorded twice (inner.h). A
 * block of no bytes is never recorded.
 *
 * What is not recorded costs a few instructions: see front_malloc.c. Which of the program's
 * blocks have been recorded, and so are to be told of when they are freed, is in sampled.h. */
#ifndef HEAPPROF_SAMPLE_H
#define HEAPPROF_SAMPLE_H

#include "thread.h"

/* The countdown of the calling thread, for hooks that pass on at once what is not sampled;
 * NULL: they may not, or nothing is sampled. It is in the shared memory. The pointer to it is
 * in the thread's state, which is wiped in a forked child: so a child that nobody has told
 * of notices at once. The state's pointer lies sample_offset bytes behind sample_none, which is
 * NULL: so a thread that has no state needs no look of its own. */
#ifdef HEAPPROF_ATTACHED
/* Nothing is passed on so there, where no hook has a name of the C library's. */
static inline void sample_by(struct thread *t) { (void)t; }
#else
extern __thread uintptr_t sample_offset __attribute__((tls_model("initial-exec")));
extern struct wire_countdown *const sample_none __attribute__((visibility("hidden")));

ALWAYS_INLINE struct wire_countdown *sample_current(void) {
	return *(struct wire_countdown *const volatile *)((uintptr_t)&sample_none + sample_offset);
}

/* Has hooks of the calling thread pass on what the countdown in t says; NULL: nothing. */
static inline void sample_by(struct thread *t) { sample_offset = t ? (uintptr_t)&t->countdown - (uintptr_t)&sample_none : 0; }
#endif

/* Counts a block of so many bytes if it is not sampled, and reports whether it is not. The
 * comparison holds for every number of bytes, and where nothing is drawn yet. */
ALWAYS_INLINE bool sample_passes(struct wire_countdown *s, size_t bytes) {
	uint64_t left = s->left;
	if (unlikely(left <= bytes)) return false;
	s->left = left - bytes;
	s->blocks++;
	return true;
}

/* Takes that back. */
static inline void sample_passes_not(struct wire_countdown *s, size_t bytes) {
	s->left += bytes;
	s->blocks--;
}

/* Draws when the next sample is due, behind a block of so many bytes, which is counted. */
COLD void sample_draw(struct thread *t, size_t bytes);

/* Counts a block of so many bytes, and reports whether it is sampled. */
ALWAYS_INLINE bool sample_takes(struct thread *t, size_t bytes) {
	if (likely(sample_passes(t->countdown, bytes)) || !bytes) return false;
	sample_draw(t, bytes);
	return true;
}

/* Returns a number from an exponential distribution with the given mean, rounded up, for a
 * random number that is not 0. */
uint64_t sample_exponential(uint64_t mean, uint64_t random);

/* Begins to sample with a thread's state, which may be another one's from before. */
COLD void sample_begin(struct thread *t, struct wire_countdown *s);

/* Notes at the begin of a call what has been counted up to there. */
ALWAYS_INLINE void sample_mark(struct thread *t) {
	t->marked_bytes = t->countdown->drawn - t->countdown->left;
	t->marked_blocks = t->countdown->blocks;
}

/* Takes back, from the totals, what has been counted since the mark: the block of so many
 * bytes that the call returns lies in it. */
ALWAYS_INLINE void sample_settle(struct thread *t, size_t bytes) {
	struct wire_countdown *s = t->countdown;
	uint64_t blocks = s->blocks - t->marked_blocks;
	if (likely(!blocks)) return;
	uint64_t inner = s->drawn - s->left - t->marked_bytes;
	if (inner / blocks < bytes) s->doubtful = 1; /* too small to hold it: books, perhaps, which are blocks of their own */
	s->inner_bytes += inner;
	s->inner_blocks += blocks;
	sample_mark(t);
}

/* After a call that has made no block of so many bytes. Calls that are passed on at once are
 * counted before they are made, so that some may be counted that failed, where memory has run
 * out: unless this call was for so many bytes that one like it has hardly been passed on. */
COLD void sample_failed(struct thread *t, size_t bytes);

#endif
