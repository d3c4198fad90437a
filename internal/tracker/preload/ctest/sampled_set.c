/* The set of sampled blocks that live: more of them than the first tables have room for, four
 * threads that add and remove theirs, and a place where more lie than a byte can count. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "../csrc/sampled.h"

#include "host.h"

enum {
	THREADS = 4,
	EACH = 20000,
	ROUNDS = 3,
};

static uintptr_t address_of(unsigned thread, unsigned i) { return 0x7f0000000000 + ((uintptr_t)i * THREADS + thread) * 48; }

static void *churn(void *arg) {
	unsigned thread = (unsigned)(uintptr_t)arg;
	for (unsigned round = 0; round < ROUNDS; round++) {
		for (unsigned i = 0; i < EACH; i++) {
			require(sampled_add(address_of(thread, i)));
			require(!sampled_not((void *)address_of(thread, i)));
		}
		for (unsigned i = 0; i < EACH; i++) require(sampled_holds(address_of(thread, i)));
		for (unsigned i = 0; i < EACH; i++) {
			sampled_remove(address_of(thread, i));
			require(!sampled_holds(address_of(thread, i)));
		}
	}
	return NULL;
}

static unsigned marked(void) {
	unsigned n = 0;
	for (uintptr_t at = 0; at < (uintptr_t)SAMPLED_BYTES << SAMPLED_NEAR_BITS; at += 1 << SAMPLED_NEAR_BITS) n += !sampled_not((void *)at);
	return n;
}

int main(void) {
	require(!sampled_not(NULL)); /* each block is recorded, up to here */
	require(sampled_begin());
	require(marked() == 0);
	pthread_t threads[THREADS];
	for (uintptr_t i = 0; i < THREADS; i++) require(pthread_create(&threads[i], NULL, churn, (void *)i) == 0);
	for (unsigned i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
	printf("%u left\n", marked());

	sampled_remove(0x1000);                              /* not there */
	require(sampled_add(0x1000) && sampled_add(0x1000)); /* its end was not seen */
	sampled_remove(0x1000);
	printf("%u left\n", marked());

	for (unsigned i = 0; i < 400; i++) require(sampled_add(0x1000 + i)); /* all near each other */
	for (unsigned i = 0; i < 400; i++) sampled_remove(0x1000 + i);
	printf("%u looks as if\n", marked());
	return 0;
}
