/* Threads that make a child by vfork before they have allocated anything, and as many that
 * begin after it: each allocates and frees BLOCKS blocks. It prints how many that were. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BLOCKS = 50000, THREADS = 16 };

static pthread_barrier_t begin, halfway;

__attribute__((noinline)) static void *make(size_t size)
{
	void *p = malloc(size);
	__asm__ volatile("" ::: "memory");
	return p;
}

static int become(char *program)
{
	char *argv[] = {program, NULL}, *none[] = {NULL};
	int status = 1;
	pid_t child = vfork();
	if (child == 0) {
		execve(argv[0], argv, none);
		_exit(127);
	}
	waitpid(child, &status, 0);
	return status;
}

static void *run(void *status)
{
	if (status) *(int *)status = become("/bin/true");
	pthread_barrier_wait(&begin);
	if (!status) free(make(24));
	pthread_barrier_wait(&halfway);
	for (int i = !status; i < BLOCKS; i++) free(make(24));
	return NULL;
}

int main(void)
{
	int status[THREADS / 2], failed = 0;
	pthread_t threads[THREADS];
	pthread_barrier_init(&begin, NULL, THREADS);
	pthread_barrier_init(&halfway, NULL, THREADS);
	for (int i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, run, i < THREADS / 2 ? &status[i] : NULL);
	for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
	for (int i = 0; i < THREADS / 2; i++) failed += status[i] != 0;
	printf("total_bytes=%d\ntotal_blocks=%d\nend_bytes=0\nend_blocks=0\n", THREADS * BLOCKS * 24, THREADS * BLOCKS);
	return failed;
}
