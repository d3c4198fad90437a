/* Who has what of which call stack, by threads that come one after the other, so that all is known:
 *
 *   thread    shared (100 bytes each)          own (1000 bytes each)
 *   main      10 blocks, 4 stay                2 blocks, all stay
 *   reader    20 blocks, 5 stay                3 blocks, freed by main after the peak
 *   writer    30 blocks, 30 freed by itself    none
 *   twelve brief threads without a name of their own: 1 block each of shared, which stays
 *
 * The peak is when main, after all others have ended, has allocated its 2 blocks of own. A block that reader has from shared is
 * resized there, once, from 100 to 300 bytes. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

static void *kept[3][30];
static void *own_blocks[3];

__attribute__((noinline)) static void *shared(void) {
	void *volatile p = malloc(100);
	return p;
}

__attribute__((noinline)) static void *own(void) {
	void *volatile p = malloc(1000);
	return p;
}

__attribute__((noinline)) static void allocate(int me, int n) {
	for (int i = 0; i < n; i++)
		kept[me][i] = shared();
}

/* Lasts long enough that the thread's name is read. */
__attribute__((noinline)) static void rest(void) {
	nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
}

static void *reader(void *unused) {
	pthread_setname_np(pthread_self(), "reader");
	allocate(1, 20);
	for (int i = 5; i < 20; i++)
		free(kept[1][i]);
	for (int i = 0; i < 3; i++)
		own_blocks[i] = own();
	kept[1][0] = realloc(kept[1][0], 300);
	rest();
	return unused;
}

static void *writer(void *unused) {
	pthread_setname_np(pthread_self(), "writer");
	allocate(2, 30);
	for (int i = 0; i < 30; i++)
		free(kept[2][i]);
	rest();
	return unused;
}

static void *briefly(void *place) {
	*(void **)place = shared();
	return NULL;
}

int main(void) {
	static void *brief[12], *mine[2];
	pthread_t thread;
	allocate(0, 10);
	for (int i = 4; i < 10; i++)
		free(kept[0][i]);
	pthread_create(&thread, NULL, reader, NULL);
	pthread_join(thread, NULL);
	pthread_create(&thread, NULL, writer, NULL);
	pthread_join(thread, NULL);
	for (int i = 0; i < 12; i++) {
		pthread_create(&thread, NULL, briefly, &brief[i]);
		pthread_join(thread, NULL);
	}
	for (int i = 0; i < 2; i++)
		mine[i] = own();
	for (int i = 0; i < 3; i++)
		free(own_blocks[i]);
	return mine[0] == NULL;
}
