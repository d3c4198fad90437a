/* Thread-local variables of every kind: with a first value, zero, large, aligned,
 * an address that is relocated. Each of several threads, one after another and at
 * once, and the program's first one find them as they should be, change them, and
 * allocate in between. Prints "wrong" for each that was not, and the counts. */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "count.h"

static const char word[] = "a word";

static _Thread_local int first = 42;
static _Thread_local int zero;
static _Thread_local char large[10000] = "large";
static _Thread_local long aligned __attribute__((aligned(ALIGN))) = 7;
static _Thread_local const char *volatile pointer = word;
static _Thread_local char last[3] = {1, 2, 3};

static void expect(int right, const char *name)
{
	if (right)
		return;
	write(STDOUT_FILENO, "wrong: ", 7);
	write(STDOUT_FILENO, name, strlen(name));
	write(STDOUT_FILENO, "\n", 1);
}

static void *work(void *arg)
{
	expect(first == 42, "first");
	expect(zero == 0, "zero");
	expect(!strcmp(large, "large") && large[9999] == 0, "large");
	expect(aligned == 7 && (uintptr_t)&aligned % ALIGN == 0, "aligned");
	expect(pointer == word, "pointer");
	expect(last[0] == 1 && last[1] == 2 && last[2] == 3, "last");
	int mine = (int)(uintptr_t)arg;
	first = zero = mine;
	memset(large, mine, sizeof large);
	aligned = mine;
	memset(last, mine, sizeof last);
	for (volatile int i = 0; i < 200; i++) {
		void *volatile block = malloc(10 + i);
		count_alloc(10 + i);
		if (i % 20) {
			free(block);
			count_free(10 + i);
		}
	}
	expect(first == mine && zero == mine && aligned == mine && last[2] == mine, "changed");
	for (unsigned i = 0; i < sizeof large; i++)
		if (large[i] != mine) {
			expect(0, "large, changed");
			break;
		}
	expect(pointer == word, "pointer, later");
	return NULL;
}

int main(void)
{
	for (uintptr_t round = 0; round < 20; round++) {
		pthread_t threads[3];
		for (uintptr_t i = 0; i < 3; i++)
			if (pthread_create(&threads[i], NULL, work, (void *)(1 + round * 3 + i)))
				return 1;
		for (int i = 0; i < 3; i++)
			pthread_join(threads[i], NULL);
	}
	work((void *)100);
	count_print();
	return 0;
}
