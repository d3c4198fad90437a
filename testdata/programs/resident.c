/* Makes much memory resident that is not live, by the causes that its argument names, and prints
 * what it knows of it: "live", the bytes of the blocks that it holds, and the bytes of each cause,
 * which are in no other part. Then it waits for the end of standard input or, with a second argument, for so many milliseconds. */
#include <alloca.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MIB = 1 << 20, THREADS = 8, BLOCKS = 400000 };

static void *blocks[BLOCKS];
static char table[32 * MIB];
static size_t live;

__attribute__((noinline)) static void *keep(size_t size)
{
	__atomic_fetch_add(&live, size, __ATOMIC_RELAXED);
	return memset(malloc(size), 1, size);
}

__attribute__((noinline)) static void *drop(size_t size)
{
	return memset(malloc(size), 1, size);
}

/* Of many small blocks each hundredth is kept: it is alone on its page. */
static void pinned(void)
{
	for (int i = 0; i < BLOCKS; i++)
		blocks[i] = i % 100 == 50 ? keep(100) : drop(100);
	for (int i = 0; i < BLOCKS; i++)
		if (i % 100 != 50)
			free(blocks[i]);
	printf("pages=%d pinned=%d ", BLOCKS / 100, BLOCKS / 100 * (4096 - 112));
}

/* All is freed but the block above it. */
static void below(void)
{
	for (int i = 0; i < 40000; i++)
		blocks[i] = drop(1000);
	void *top = keep(1000);
	for (int i = 0; i < 40000; i++)
		free(blocks[i]);
	blocks[0] = top;
	printf("below=%d ", 40000 * 1008);
}

struct barriers {
	pthread_barrier_t done, end;
};

static void *in_arena(void *argument)
{
	void *own[4000];
	for (int i = 0; i < 4000; i++)
		own[i] = malloc(1000), memset(own[i], 1, 1000);
	void *top = keep(1000);
	for (int i = 0; i < 4000; i++)
		free(own[i]);
	struct barriers *b = argument;
	pthread_barrier_wait(&b->done);
	pthread_barrier_wait(&b->end);
	free(top);
	return NULL;
}

static void *on_stack(void *argument)
{
	memset(alloca(4 * MIB), 1, 4 * MIB);
	struct barriers *b = argument;
	pthread_barrier_wait(&b->done);
	pthread_barrier_wait(&b->end);
	return NULL;
}

static void in_threads(struct barriers *b, void *(*run)(void *))
{
	pthread_barrier_init(&b->done, NULL, THREADS + 1);
	pthread_barrier_init(&b->end, NULL, THREADS + 1);
	for (int i = 0; i < THREADS; i++) {
		pthread_t thread;
		if (pthread_create(&thread, NULL, run, b) != 0)
			abort();
		pthread_detach(thread);
	}
	pthread_barrier_wait(&b->done);
}

static void arenas(void)
{
	static struct barriers b;
	in_threads(&b, in_arena);
	printf("arenas=%d ", THREADS * 4000 * 1008);
}

static void stacks(void)
{
	static struct barriers b;
	in_threads(&b, on_stack);
	printf("stacks=%d ", THREADS * 4 * MIB);
}

static void map(const char *name, int flags)
{
	memset(mmap(NULL, 64 * MIB, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0), 1, 64 * MIB);
	printf("%s=%d ", name, 64 * MIB);
}

static void mapped(void) { map("mapped", MAP_PRIVATE); }

static void shared(void) { map("shared", MAP_SHARED); }

static void variables(void)
{
	memset(table, 1, sizeof table);
	printf("variables=%zu ", sizeof table);
}

/* A block of 8 bytes takes 32 of glibc's memory. */
static void rounded(void)
{
	for (int i = 0; i < BLOCKS; i++)
		blocks[i] = keep(8);
	printf("rounded=%d ", BLOCKS * 24);
}

/* Only the first page of a block is touched. */
static void untouched(void)
{
	live += 64 * MIB;
	memset(blocks[0] = malloc(64 * MIB), 1, 1);
	memset(table, 1, sizeof table / 2); /* or nobody would look */
	printf("untouched=%zu ", sizeof table / 2);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} causes[] = {
		{"pinned", pinned}, {"below", below}, {"arenas", arenas}, {"stacks", stacks}, {"mapped", mapped},
		{"shared", shared}, {"variables", variables}, {"rounded", rounded}, {"untouched", untouched},
	};
	static char buffer[256];
	setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
	for (size_t i = 0; i < sizeof causes / sizeof *causes; i++)
		if (argc > 1 && strstr(argv[1], causes[i].name))
			causes[i].run();
	printf("live=%zu\n", live);
	fflush(stdout);
	char byte;
	if (argc > 2)
		usleep(atoi(argv[2]) * 1000);
	else
		while (read(STDIN_FILENO, &byte, 1) == 1)
			;
	_exit(0);
}
