/* Three threads, named when they have begun, that allocate 10, 20 and 30 blocks of 100 bytes. The
 * first frees its own, those of the others are freed by the first thread of the program.
 * Then 300 more, one after the other, with a block each that they free. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void *blocks[3][30];

static void *work(void *number) {
	size_t me = (size_t)number;
	for (size_t i = 0; i < 10 * (me + 1); i++) blocks[me][i] = malloc(100);
	char name[16];
	snprintf(name, sizeof name, "worker %zu", me + 1);
	pthread_setname_np(pthread_self(), name);
	nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
	for (size_t i = 0; me == 0 && i < 10; i++) free(blocks[me][i]);
	return NULL;
}

static void *briefly(void *unused) {
	free(malloc(50));
	return unused;
}

int main(void) {
	pthread_t threads[3], brief;
	for (size_t i = 0; i < 3; i++) pthread_create(&threads[i], NULL, work, (void *)i);
	for (size_t i = 0; i < 3; i++) pthread_join(threads[i], NULL);
	for (size_t i = 1; i < 3; i++)
		for (size_t j = 0; j < 10 * (i + 1); j++) free(blocks[i][j]);
	for (int i = 0; i < 300; i++) {
		pthread_create(&brief, NULL, briefly, NULL);
		pthread_join(brief, NULL);
	}
}
