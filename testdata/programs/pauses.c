/* Allocates, resizes and frees by turns, in two threads and by way of several call
 * stacks. After each turn it prints what it has allocated up to then (see count.h) and
 * waits for a byte on standard input; it ends when there is none. While it waits it does
 * nothing. Beside what it counts, one block holds the second thread's own storage. */
#include <pthread.h>
#include <stdlib.h>

#include "count.h"

enum { SLOTS = 500 };

static struct slot {
	void *block;
	size_t size;
} slots[2][SLOTS];

__attribute__((noinline)) static void fill(struct slot *s, size_t size)
{
	s->block = malloc(size);
	s->size = size;
	count_alloc(size);
}

__attribute__((noinline)) static void drop(struct slot *s)
{
	free(s->block);
	count_free(s->size);
	s->block = NULL;
}

__attribute__((noinline)) static void resize(struct slot *s, size_t size)
{
	s->block = realloc(s->block, size);
	count_realloc(s->size, size);
	s->size = size;
}

static void work(unsigned thread, unsigned turn)
{
	for (unsigned i = 0; i < SLOTS; i++) {
		struct slot *s = &slots[thread][i];
		unsigned step = i * 7 + turn * 3 + thread;
		if (s->block == NULL)
			fill(s, 16 + step % 300);
		else if (step % 3 == 0)
			drop(s);
		else
			resize(s, 20 + step % 500);
	}
}

/* The second thread's turns begin and end with a byte in a pipe. */
static int begins[2], ends[2];

static void *second(void *arg)
{
	char byte;
	for (unsigned turn = 0; read(begins[0], &byte, 1) == 1; turn++) {
		work(1, turn);
		if (write(ends[1], &byte, 1) != 1)
			_exit(99);
	}
	return arg;
}

int main(void)
{
	pthread_t thread;
	if (pipe(begins) != 0 || pipe(ends) != 0 || pthread_create(&thread, NULL, second, NULL) != 0)
		return 1;
	char byte = 0;
	for (unsigned turn = 0; turn == 0 || read(STDIN_FILENO, &byte, 1) == 1; turn++) {
		if (write(begins[1], &byte, 1) != 1)
			return 1;
		work(0, turn);
		if (read(ends[0], &byte, 1) != 1)
			return 1;
		count_print();
	}
	close(begins[1]);
	pthread_join(thread, NULL);
	return 0;
}
