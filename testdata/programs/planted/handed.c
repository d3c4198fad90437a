/* 40,000 messages of 300 bytes from a thread to another, by a queue of 64.
 *
 * planted:  the thread that reads them frees them. Must be found: handed-over, at the marked line,
 *           40,000 blocks.
 * harmless: the thread that reads them marks them as read, and the one that wrote them frees
 *           them. Must not be found: handed-over. */
#include <pthread.h>

#include "pace.h"

enum { MESSAGES = 40000, SLOTS = 64 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static char *slots[SLOTS];
static int written, was_read;
static int planted;

static char *new_message(int i)
{
	char *message = malloc(300); /* site: handed-over */
	snprintf(message, 300, "message %d", i);
	return message;
}

static void *write_messages(void *unused)
{
	for (int i = 0; i < MESSAGES; i++) {
		char *message = new_message(i);
		pthread_mutex_lock(&lock);
		while (written - was_read == SLOTS)
			pthread_cond_wait(&changed, &lock);
		if (!planted)
			free(slots[written % SLOTS]);
		slots[written++ % SLOTS] = message;
		pthread_cond_signal(&changed);
		pthread_mutex_unlock(&lock);
	}
	return unused;
}

static void *read_messages(void *sum)
{
	for (int i = 0; i < MESSAGES; i++) {
		pthread_mutex_lock(&lock);
		while (written == was_read)
			pthread_cond_wait(&changed, &lock);
		char *message = slots[was_read++ % SLOTS];
		*(long *)sum += message[8];
		if (planted)
			free(message);
		pthread_cond_signal(&changed);
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t writer, reader;
	long sum = 0;
	planted = is_planted(argc, argv);
	pthread_create(&writer, NULL, write_messages, NULL);
	pthread_create(&reader, NULL, read_messages, &sum);
	pthread_join(writer, NULL);
	pthread_join(reader, NULL);
	return sum > 0 ? 0 : 1;
}
