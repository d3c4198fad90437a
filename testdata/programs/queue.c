/* Producers and consumers: two threads allocate messages, two others free them,
 * so that an address freed by one thread is soon handed out to another. Every
 * eighth message is resized by its consumer. Nothing is left at the end. Counts
 * the messages. */
#include <pthread.h>
#include <stdlib.h>

#include "count.h"

enum { SLOTS = 32, MESSAGES = 5000, PAIRS = 2 };

struct message {
	size_t size;
};

static struct message *ring[SLOTS];
static int head, tail, left = PAIRS * MESSAGES;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

static void *produce(void *arg)
{
	(void)arg;
	for (int i = 0; i < MESSAGES; i++) {
		size_t size = sizeof(struct message) + i % 200;
		struct message *m = malloc(size);
		count_alloc(size);
		m->size = size;
		pthread_mutex_lock(&lock);
		while (head - tail == SLOTS)
			pthread_cond_wait(&changed, &lock);
		ring[head++ % SLOTS] = m;
		pthread_cond_broadcast(&changed);
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

static void *consume(void *arg)
{
	(void)arg;
	for (;;) {
		pthread_mutex_lock(&lock);
		while (head == tail && left > 0)
			pthread_cond_wait(&changed, &lock);
		if (left == 0) {
			pthread_mutex_unlock(&lock);
			return NULL;
		}
		struct message *m = ring[tail++ % SLOTS];
		left--;
		pthread_cond_broadcast(&changed);
		pthread_mutex_unlock(&lock);
		size_t size = m->size;
		if (size % 8 == 0) {
			m = realloc(m, size + 100);
			count_realloc(size, size + 100);
			size += 100;
		}
		count_free(size);
		free(m);
	}
}

int main(void)
{
	pthread_t threads[2 * PAIRS];
	for (int i = 0; i < 2 * PAIRS; i++)
		if (pthread_create(&threads[i], NULL, i % 2 ? consume : produce, NULL))
			return 1;
	for (int i = 0; i < 2 * PAIRS; i++)
		pthread_join(threads[i], NULL);
	count_print();
	return 0;
}
