/* Threads that walk the same stacks for the first time at once share the nodes: hardly one is
 * told of twice, although the table grows meanwhile. What one thread has told of is found by
 * another one only after that. */
#include "calltree.h"

#include <pthread.h>
#include <stdio.h>

enum {
	THREADS = 4,
	STACKS = 4000,
	DEPTH = 6,
};

static struct thread *threads[THREADS];
static uint32_t numbers[THREADS][STACKS];
static pthread_barrier_t begin;

/* Stack i is some of these frames, the outer ones common to many. */
static uintptr_t frame(uint32_t i, uint32_t depth) { return 1 + depth * 100000 + (i >> (2 * (DEPTH - 1 - depth))); }

static void *walk_all(void *arg) {
	uintptr_t me = (uintptr_t)arg;
	pthread_barrier_wait(&begin);
	for (uint32_t i = 0; i < STACKS; i++) {
		uint32_t node = WIRE_ROOT, chain = 0;
		for (uint32_t d = 0; d < DEPTH; d++) {
			chain = calltree_hash(chain, frame(i, d));
			node = calltree_child(threads[me], node, frame(i, d), chain);
		}
		numbers[me][i] = node;
	}
	return NULL;
}

int main(void) {
	static uint64_t meaning[VIEW_NODES];
	uint64_t nodes = 0, told = 0;
	pthread_t ids[THREADS];
	struct thread *first = calltree_thread();
	struct wire_control *control = process.control;
	for (uintptr_t i = 0; i < THREADS; i++) threads[i] = i ? host_thread() : first;
	process.control = control;
	pthread_barrier_init(&begin, NULL, THREADS);
	for (uintptr_t i = 0; i < THREADS; i++) pthread_create(&ids[i], NULL, walk_all, (void *)i);
	for (unsigned i = 0; i < THREADS; i++) pthread_join(ids[i], NULL);
	/* Whose parent is another thread's is read later, as the recorder does that looks ahead. */
	uint64_t read[THREADS] = {0};
	for (bool any = true; any;) {
		any = false;
		for (unsigned i = 0; i < THREADS; i++) {
			for (; read[i] < threads[i]->ring->head; read[i] += 2) {
				struct read_node n = read_node(threads[i]->words[read[i] & RING_MASK], threads[i]->words[(read[i] + 1) & RING_MASK]);
				if (n.parent >= WIRE_FIRST_NODE && !meaning[n.parent]) break;
				require(!meaning[n.stack]);
				meaning[n.stack] = stack_hash(meaning[n.parent], n.pc);
				told++;
				any = true;
			}
		}
	}
	for (unsigned i = 0; i < THREADS; i++) require(read[i] == threads[i]->ring->head);
	for (uint32_t d = 0; d < DEPTH; d++) nodes += ((STACKS - 1) >> (2 * (DEPTH - 1 - d))) + 1;
	for (uint32_t i = 0; i < STACKS; i++) {
		uint64_t want = 0;
		for (uint32_t d = 0; d < DEPTH; d++) want = stack_hash(want, frame(i, d));
		for (unsigned k = 0; k < THREADS; k++) require(meaning[numbers[k][i]] == want);
	}
	require(told >= nodes);
	/* On a busy machine threads wait in the middle of a node, and others tell of what is below it. */
	if (told > nodes + nodes / 2) printf("%d nodes were told of %d times\n", (int)nodes, (int)told);
	puts("each as asked for");
	return 0;
}
