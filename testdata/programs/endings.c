/* Threads that end in the way that argv[1] names, argv[2] of them, four at a time:
 *
 *   destructor    by return; the destructor of thread-specific data frees a block,
 *                 allocates another and asks to be called again, as often as
 *                 pthreads does that, and then frees the last one
 *   exit          by pthread_exit deep in a recursion, a cleanup handler frees
 *   cancel        cancelled while they wait, with cleanup handlers that free
 *   asynchronous  cancelled at any instruction of a loop without calls
 *
 * Counts every block of its own. */
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "count.h"

enum { SIZE = 100, ALIVE = 4 };

static pthread_key_t key;

static void *take(void)
{
	count_alloc(SIZE);
	return malloc(SIZE);
}

static void drop(void *p)
{
	count_free(SIZE);
	free(p);
}

static __thread int rounds;

static void again(void *p)
{
	drop(p);
	p = take();
	if (++rounds < PTHREAD_DESTRUCTOR_ITERATIONS)
		pthread_setspecific(key, p);
	else
		drop(p);
}

static void *return_with_data(void *arg)
{
	pthread_setspecific(key, take());
	drop(take());
	return arg;
}

static void descend(int levels)
{
	void *p = take();
	pthread_cleanup_push(drop, p);
	if (levels > 0)
		descend(levels - 1);
	else if (p)
		pthread_exit(NULL);
	pthread_cleanup_pop(1);
}

static void *exit_deep(void *arg)
{
	descend(10);
	return arg;
}

static void *wait_in_vain(void *arg)
{
	void *p = take();
	pthread_cleanup_push(drop, p);
	for (;;) {
		drop(take());
		usleep(100); /* a cancellation point */
	}
	pthread_cleanup_pop(1);
	return arg;
}

static void *spin(void *arg)
{
	void *p = take();
	pthread_cleanup_push(drop, p);
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	for (volatile long i = 0;; i++)
		;
	pthread_cleanup_pop(1);
	return arg;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	const char *way = argv[1];
	int cancel = 1;
	void *(*work)(void *) = spin;
	if (!strcmp(way, "destructor"))
		cancel = 0, work = return_with_data;
	else if (!strcmp(way, "exit"))
		cancel = 0, work = exit_deep;
	else if (!strcmp(way, "cancel"))
		work = wait_in_vain;
	if (pthread_key_create(&key, again))
		return 1;
	pthread_t threads[ALIVE];
	for (int left = atoi(argv[2]); left > 0; left -= ALIVE) {
		for (int i = 0; i < ALIVE; i++)
			if (pthread_create(&threads[i], NULL, work, NULL))
				return 1;
		if (cancel)
			usleep(300);
		for (int i = 0; i < ALIVE; i++) {
			if (cancel)
				pthread_cancel(threads[i]);
			pthread_join(threads[i], NULL);
		}
	}
	count_print();
	return 0;
}
