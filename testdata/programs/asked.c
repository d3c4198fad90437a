/* Calls of the C library that the tracker makes as well: it must not count its own. */
#define _GNU_SOURCE
#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static int each(struct dl_phdr_info *info, size_t size, void *modules) {
	(void)info, (void)size;
	++*(int *)modules;
	return 0;
}

static pthread_key_t key;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void *run(void *value) {
	pthread_setspecific(key, value);
	for (int i = 0; i < 100; i++) {
		pthread_mutex_lock(&mutex);
		void *volatile block = malloc(10);
		free((void *)block);
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

int main(void) {
	int modules = 0;
	dl_iterate_phdr(each, &modules);
	pthread_key_create(&key, NULL);
	pthread_t threads[4];
	for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, run, threads);
	for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
	return modules < 2;
}
