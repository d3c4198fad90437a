/* Each of many threads that come and go has a state of its own, by its thread pointer: also where another thread had that
 * before, and, as long as it is known which thread that was, where the table is full of threads that have ended. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "attach.h"
#include "wire_read.h"

enum { AT_ONCE = 300,
	ONE_BY_ONE = 700,
	BLOCKS = 4 /* fewer than a ring has room for: nobody reads it */ };

static struct attach here;
static pthread_barrier_t all;
static uint32_t ids[AT_ONCE + ONE_BY_ONE + 2];
static unsigned started;

static void note_id(void) { ids[__atomic_fetch_add(&started, 1, __ATOMIC_RELAXED)] = (uint32_t)syscall(SYS_gettid); }

static void *make_some(void *at_once) {
	note_id();
	if (at_once) pthread_barrier_wait(&all);
	for (int i = 0; i < BLOCKS; i++) attach_call(&here, WIRE_ACTION_FREE, free, attach_call(&here, WIRE_ACTION_ALLOC, malloc, 50, 0), 0);
	if (at_once) pthread_barrier_wait(&all); /* none ends before all have a state */
	return NULL;
}

static void run(unsigned count, bool at_once) {
	static pthread_t threads[AT_ONCE];
	pthread_attr_t small;
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 256 << 10);
	for (unsigned i = 0; i < count; i++) {
		require(pthread_create(&threads[i % AT_ONCE], &small, make_some, at_once ? &all : NULL) == 0);
		if (!at_once) pthread_join(threads[i % AT_ONCE], NULL);
	}
	for (unsigned i = 0; at_once && i < count; i++) pthread_join(threads[i], NULL);
}

static unsigned made(void) { return attach_count(&here, WIRE_KIND_ALLOC) + attach_count(&here, WIRE_KIND_ALLOC_SHORT); }
static unsigned freed(void) { return attach_count(&here, WIRE_KIND_FREE) + attach_count(&here, WIRE_KIND_FREE_SHORT); }

static int compare(const void *a, const void *b) { return (*(const uint32_t *)a > *(const uint32_t *)b) - (*(const uint32_t *)a < *(const uint32_t *)b); }

/* Reports whether each thread was told of, under its own number, and no other one. An end is followed by a number that may be
 * given again. */
static bool are_told_of(void) {
	static uint32_t told[2 * COUNT_OF(ids)];
	unsigned count = 0;
	for (uint32_t i = 0; i < here.control->rings; i++) {
		const uint64_t *words = attach_words(&here, i);
		for (uint64_t at = 0; at < attach_ring(&here, i)->head; at += read_words(words[at]))
			if (read_kind(words[at]) == WIRE_KIND_THREAD && count < COUNT_OF(told)) told[count++] = (uint32_t)words[at + 1];
	}
	qsort(told, count, sizeof *told, compare);
	qsort(ids, started, sizeof *ids, compare);
	return count == started && memcmp(told, ids, count * sizeof *told) == 0;
}

/* Fills the table with threads that are not there. */
static void fill(void) {
	struct wire_guest_thread *threads = (struct wire_guest_thread *)here.guest->threads;
	for (uint64_t i = 0; i < here.guest->thread_places; i++)
		if (!threads[i].pointer) threads[i] = (struct wire_guest_thread){.pointer = 16 * i + 1, .tid = 0x7ffffff0};
}

int main(int argc, char **argv) {
	require(argc == 3);
	bool known = strcmp(argv[2], "known") == 0;
	here = attach(argv[1], 0, known ? attach_find_tid() : 0);
	require(here.guest != NULL);
	note_id(); /* the start's */
	pthread_barrier_init(&all, NULL, AT_ONCE);
	run(AT_ONCE, true);
	unsigned rings = here.control->rings;
	printf("at once: %u made, %u freed, %d rings more than threads\n", made(), freed(), (int)rings - AT_ONCE);
	run(ONE_BY_ONE, false);
	printf("one by one: %u made, %u freed, %u rings more\n", made(), freed(), here.control->rings - rings);
	printf("lost: %u\n", (unsigned)attach_process(&here, 0)->lost);
	if (known) printf("told of: %d\n", are_told_of());
	unsigned before = made();
	fill();
	pthread_t thread;
	pthread_attr_t large; /* another stack than those that were there */
	pthread_attr_init(&large);
	pthread_attr_setstacksize(&large, 64 << 20);
	require(pthread_create(&thread, &large, make_some, NULL) == 0);
	pthread_join(thread, NULL);
	printf("full: %u made, %u lost, %u under way without a place\n", made() - before, (unsigned)attach_process(&here, 0)->lost, (unsigned)*(uint64_t *)here.guest->placeless);
	return 0;
}
