/* Blocks through argv[1] different stacks of depth argv[2] and some, in random turn, argv[3]
 * times in each of argv[4] threads, which all go the same ways. It prints how many blocks
 * there were ("blocks: N"). A stack is a number's bits, one a call, the lowest outermost. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static int stacks, depth, times;

static void *one(uint32_t number, int left);
static void *zero(uint32_t number, int left);

static void *way(uint32_t number, int left)
{
	return number & 1 ? one(number >> 1, left) : zero(number >> 1, left);
}

__attribute__((noinline)) static void *zero(uint32_t number, int left)
{
	void *p = left ? way(number, left - 1) : malloc(16);
	__asm__ volatile("" : "+r"(p)); /* no tail call */
	return p;
}

__attribute__((noinline)) static void *one(uint32_t number, int left)
{
	void *p = left ? way(number, left - 1) : malloc(24);
	__asm__ volatile("nop" : "+r"(p));
	return p;
}

static void *work(void *arg)
{
	uint32_t state = 1;
	for (int i = 0; i < times; i++) {
		state = state * 1103515245 + 12345;
		free(way((state >> 8) % (uint32_t)stacks, depth));
	}
	return arg;
}

int main(int argc, char **argv)
{
	if (argc < 5)
		return 2;
	stacks = atoi(argv[1]);
	depth = atoi(argv[2]);
	times = atoi(argv[3]);
	int threads = atoi(argv[4]);
	pthread_t *ids = malloc((size_t)threads * sizeof *ids);
	for (int i = 0; i < threads; i++)
		if (pthread_create(&ids[i], NULL, work, NULL))
			return 1;
	for (int i = 0; i < threads; i++)
		pthread_join(ids[i], NULL);
	printf("blocks: %d\n", times * threads);
	free(ids);
	return 0;
}
