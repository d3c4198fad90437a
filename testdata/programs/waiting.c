/* Eight threads that wait, of which the first waits for the end of standard input; then
 * each allocates and frees a while, and the program says "turns=" and a number that does
 * not depend on anything, and ends with 3. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 8, ROUNDS = 20000 };

static pthread_barrier_t begin;

static void *works(void *given)
{
	unsigned long *sum = given;
	pthread_barrier_wait(&begin);
	char *held[64] = {0};
	for (unsigned i = 0; i < ROUNDS; i++) {
		char **place = &held[i * 2654435761u >> 26];
		size_t size = 1 + i % 3000;
		free(*place);
		*place = malloc(size);
		memset(*place, (int)(i & 0x7f), size);
		*sum += (unsigned long)(*place)[size - 1];
	}
	for (unsigned i = 0; i < 64; i++)
		free(held[i]);
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	unsigned long sums[THREADS] = {0}, all = 0;
	pthread_barrier_init(&begin, NULL, THREADS);
	for (unsigned i = 1; i < THREADS; i++)
		pthread_create(&threads[i], NULL, works, &sums[i]);
	puts("ready");
	fflush(stdout);
	while (getchar() != EOF)
		;
	works(&sums[0]);
	for (unsigned i = 1; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (unsigned i = 0; i < THREADS; i++)
		all += sums[i];
	printf("turns=%lu\nwrong=%d\n", all, all != sums[0] * THREADS);
	return 3;
}
