/* Producers and consumers: argv[1] pairs of threads; one allocates argv[2]
 * messages, the other frees each of them. The queue between the two is a ring
 * without locks whose messages change hands in batches, so that the allocator
 * is what takes time. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { SLOTS = 4096, BATCH = 256, MAX_PAIRS = 16 };

struct queue {
	_Alignas(64) _Atomic long head; /* messages put in */
	_Alignas(64) _Atomic long tail; /* messages taken out */
	_Alignas(64) void *slots[SLOTS];
};

static struct queue queues[MAX_PAIRS];
static long messages;

static void *produce(void *arg)
{
	struct queue *q = arg;
	for (long i = 0; i < messages;) {
		long end = i + BATCH < messages ? i + BATCH : messages;
		while (end - atomic_load_explicit(&q->tail, memory_order_acquire) > SLOTS)
			sched_yield();
		for (; i < end; i++) {
			char *m = malloc(16 + i % 113);
			*m = 1;
			q->slots[i % SLOTS] = m;
		}
		atomic_store_explicit(&q->head, i, memory_order_release);
	}
	return NULL;
}

static void *consume(void *arg)
{
	struct queue *q = arg;
	for (long i = 0; i < messages;) {
		long end;
		while ((end = atomic_load_explicit(&q->head, memory_order_acquire)) == i)
			sched_yield();
		for (; i < end; i++)
			free(q->slots[i % SLOTS]);
		atomic_store_explicit(&q->tail, i, memory_order_release);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	int pairs = atoi(argv[1]);
	messages = atol(argv[2]);
	if (pairs < 1 || pairs > MAX_PAIRS)
		return 2;
	pthread_t threads[2 * MAX_PAIRS];
	for (int i = 0; i < 2 * pairs; i++)
		if (pthread_create(&threads[i], NULL, i % 2 ? consume : produce, &queues[i / 2]))
			return 1;
	for (int i = 0; i < 2 * pairs; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
