/* What lives, where a limit is kept: four threads that make, resize and end blocks, with no room for one
 * byte more than all of them need; and what becomes of calls that were left, or have failed. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../csrc/limit.h"

#include "host.h"

enum {
	THREADS = 4,
	EACH = 2500,
	ROUNDS = 20,
	BYTES = 10,
};

static __thread struct limit_live live;

static uintptr_t address_of(unsigned thread, unsigned i) { return 0x7f0000000000 + ((uintptr_t)i * THREADS + thread) * 48; }

static void make(struct thread *t, uintptr_t block, size_t bytes) {
	require(limit_ask(t, 0, bytes, false, &live) == LIMIT_LETS);
	limit_made(t, block, bytes);
}

static void *churn(void *arg) {
	unsigned thread = (unsigned)(uintptr_t)arg;
	struct thread *t = calloc(1, sizeof *t);
	for (unsigned i = 0; i < EACH; i++) make(t, address_of(thread, i), 1);
	for (unsigned round = 0; round < ROUNDS; round++) {
		for (unsigned i = 0; i < EACH; i++) {
			uintptr_t block = address_of(thread, i);
			size_t bytes = round % 2 ? 1 : BYTES;
			require(limit_ask(t, block, bytes, false, &live) == LIMIT_LETS);
			limit_resizes(t, block);
			limit_resized(t, block, bytes, false, true);
			limit_ends(block);
			make(t, block, bytes);
		}
	}
	for (unsigned i = 0; i < EACH; i++) {
		limit_ends(address_of(thread, i));
		make(t, address_of(thread, i), BYTES);
	}
	free(t);
	return NULL;
}

static void run_all(void) {
	pthread_t threads[THREADS];
	for (uintptr_t i = 0; i < THREADS; i++) require(pthread_create(&threads[i], NULL, churn, (void *)i) == 0);
	for (unsigned i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
}

static unsigned long long bytes(void) { return limit_lives().bytes; }
static unsigned long long count(void) { return limit_lives().blocks; }

int main(void) {
	struct thread *t = host_thread();
	process.control->limit_bytes = THREADS * EACH * BYTES;
	process.control->at_limit = WIRE_LIMIT_FAIL;
	require(limit_begin());
	run_all();
	bool lets = limit_ask(t, 0, 1, false, &live) == LIMIT_LETS;
	require(lets || live.bytes == bytes());
	printf("%llu bytes in %llu blocks are let in, one more is %s\n", bytes(), count(), lets ? "let in, too" : "not");
	for (unsigned thread = 0; thread < THREADS; thread++)
		for (unsigned i = 0; i < EACH; i++) limit_ends(address_of(thread, i));
	run_all();
	printf(bytes() == THREADS * EACH * BYTES ? "as many again\n" : "%llu bytes\n", bytes());
	for (unsigned thread = 0; thread < THREADS; thread++)
		for (unsigned i = 0; i < EACH; i++) limit_ends(address_of(thread, i));

	require(limit_ask(t, 0, 100, false, &live) == LIMIT_LETS); /* and is left for good */
	require(limit_ask(t, 0, 100, false, &live) == LIMIT_LETS);
	limit_give_back(t); /* it has failed */
	limit_ends(0x1000); /* not known */
	make(t, 0x2000, 100);
	limit_resizes(t, 0x2000); /* left for good: it may be there still */
	limit_forget(t);
	require(bytes() == 100 && count() == 1);
	limit_resizes(t, 0x2000); /* and now it is not */
	struct thread *another = calloc(1, sizeof *another);
	make(another, 0x2000, 10);
	limit_forget(t);
	require(bytes() == 10 && count() == 1);
	limit_ends(0x2000);
	free(another);
	printf("%llu bytes in %llu blocks\n", bytes(), count());

	make(t, 0x2000, 1000);
	require(limit_ask(t, 0x2000, 2000, false, &live) == LIMIT_LETS);
	limit_resizes(t, 0x2000);
	limit_resized(t, 0, 2000, false, true); /* failed */
	require(bytes() == 1000);
	limit_made(t, 0x2000, 900); /* the end of the one before was not seen */
	printf("%llu of 1000 bytes\n", bytes());
	return 0;
}
