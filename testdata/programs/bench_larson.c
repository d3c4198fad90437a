/* The shape of larson, a server simulated: argv[1] threads have arrays of 5,000 blocks of
 * 8 to 1,000 bytes, and argv[2] times each frees a block at random and allocates another
 * in its place. After each 500,000 of these the thread hands its array to a new one and
 * ends, so that blocks are freed by threads that did not allocate them. Prints how many
 * of these operations there were in a second. It allocates argv[1] * (argv[2] + 5,000)
 * blocks, and the arrays. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MAX = 64, BLOCKS = 5000, SHIFT = 500000, LEAST = 8, MOST = 1000 };

struct desk {
	char *blocks[BLOCKS];
	uint64_t state;
	long left; /* operations yet to do */
	pthread_mutex_t lock;
	pthread_cond_t idle; /* none are left */
};

static struct desk desks[MAX];

static uint64_t draw(uint64_t *state) /* Marsaglia's xorshift64 */
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static char *fresh(uint64_t r)
{
	char *p = malloc(LEAST + r % (MOST - LEAST + 1));
	*p = (char)r;
	return p;
}

static void *serve(void *arg)
{
	struct desk *desk = arg;
	long count = desk->left < SHIFT ? desk->left : SHIFT;
	for (long i = 0; i < count; i++) {
		uint64_t r = draw(&desk->state);
		char **at = &desk->blocks[(r >> 32) % BLOCKS];
		free(*at);
		*at = fresh(r & UINT32_MAX);
	}
	desk->left -= count;
	pthread_t next;
	if (desk->left > 0) {
		if (pthread_create(&next, NULL, serve, desk))
			exit(1);
		pthread_detach(next);
		return NULL;
	}
	pthread_mutex_lock(&desk->lock);
	pthread_cond_signal(&desk->idle);
	pthread_mutex_unlock(&desk->lock);
	return NULL;
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	int n = atoi(argv[1]);
	long rounds = atol(argv[2]);
	if (n < 1 || n > MAX || rounds < 1)
		return 2;
	for (int i = 0; i < n; i++) {
		struct desk *desk = &desks[i];
		desk->state = 88172645463325252u + (uint64_t)i;
		desk->left = rounds;
		pthread_mutex_init(&desk->lock, NULL);
		pthread_cond_init(&desk->idle, NULL);
		for (int k = 0; k < BLOCKS; k++)
			desk->blocks[k] = fresh(draw(&desk->state) & UINT32_MAX);
	}
	double start = now();
	for (int i = 0; i < n; i++) {
		pthread_t thread;
		if (pthread_create(&thread, NULL, serve, &desks[i]))
			return 1;
		pthread_detach(thread);
	}
	for (int i = 0; i < n; i++) {
		struct desk *desk = &desks[i];
		pthread_mutex_lock(&desk->lock);
		while (desk->left > 0)
			pthread_cond_wait(&desk->idle, &desk->lock);
		pthread_mutex_unlock(&desk->lock);
	}
	printf("%.0f operations per second\n", (double)n * (double)rounds / (now() - start));
	return 0;
}
