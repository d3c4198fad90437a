/* With a number: so many threads allocate and free, each by way of stacks of its own, until a byte comes on standard
 * input. With "grow": it allocates a quarter of a MiB more for each byte that comes. With "endless" and a file
 * it does so without a byte, up to 256 MiB, but at 54 MiB waits until there is that file. It prints what it has allocated (see
 * count.h) when it has begun, and after each byte; it ends when there is none. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "count.h"

enum { MOST = 64, SLOTS = 100, QUARTER = 1 << 18 };

static atomic_int over;
static atomic_ulong blocks;

__attribute__((noinline)) static void *shallow(size_t size) { return malloc(size); }

__attribute__((noinline)) static void *deep(size_t size, int depth)
{
	void *block = depth ? deep(size, depth - 1) : shallow(size);
	__asm__ volatile("" : "+r"(block));
	return block;
}

static void *busy(void *number)
{
	void *slots[SLOTS] = {0};
	unsigned long n = 0;
	for (; !over; n++) {
		void **s = &slots[n * 7 % SLOTS];
		free(*s);
		*s = deep(16 + n % 100, (int)(n % 5) + (int)(size_t)number);
		if (n % 1000 == 0)
			usleep(1000); /* the recorder keeps pace, also on a machine that is busy */
	}
	for (int i = 0; i < SLOTS; i++)
		free(slots[i]);
	blocks += n;
	return NULL;
}

static void say(unsigned long total)
{
	char line[64];
	int n = snprintf(line, sizeof line, "total_blocks=%lu\n", total);
	if (write(1, line, (size_t)n) != n)
		_exit(1);
}

int main(int argc, char **argv)
{
	pthread_t threads[MOST];
	char byte;
	if (argc > 1 && !strcmp(argv[1], "grow")) {
		unsigned long n = 0;
		do {
			memset(shallow(QUARTER), 1, QUARTER);
			say(++n);
		} while (read(0, &byte, 1) == 1);
		return 0;
	}
	if (argc > 1 && !strcmp(argv[1], "endless")) {
		for (int i = 0; i < 1024; i++) {
			memset(shallow(QUARTER), 1, QUARTER);
			while (i == 216 && argc > 2 && access(argv[2], F_OK))
				usleep(1000);
		}
		return 0;
	}
	int n = argc > 1 ? atoi(argv[1]) : 1;
	for (int i = 0; i < n && i < MOST; i++)
		pthread_create(&threads[i], NULL, busy, (void *)(size_t)i);
	say(0);
	if (read(0, &byte, 1) != 1)
		return 1;
	over = 1;
	for (int i = 0; i < n && i < MOST; i++)
		pthread_join(threads[i], NULL);
	say(blocks);
	return read(0, &byte, 1) == 1;
}
