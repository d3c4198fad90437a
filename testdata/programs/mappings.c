/* Maps and unmaps in every way, and counts what it does itself: bytes in whole pages,
 * with what mremap adds, calls that mapped, and bytes mapped at the end. The counts
 * go to standard output. With the argument "threads", four threads do so at once; with
 * "fork", a child goes on from where its parent is. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 200, THREADS = 4 };

static uint64_t total, calls, live; /* bytes; made by the functions below */

static uint64_t pages(uint64_t bytes)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	return (bytes + page - 1) / page * page;
}

static void add(uint64_t bytes)
{
	__atomic_add_fetch(&total, bytes, __ATOMIC_RELAXED);
	__atomic_add_fetch(&live, bytes, __ATOMIC_RELAXED);
}

static void take(uint64_t bytes) { __atomic_sub_fetch(&live, bytes, __ATOMIC_RELAXED); }

__attribute__((noinline)) static char *map(size_t bytes, int prot)
{
	char *p = mmap(NULL, bytes, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED) abort();
	add(pages(bytes));
	__atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
	return p;
}

__attribute__((noinline)) static void unmap(char *p, size_t bytes)
{
	if (munmap(p, bytes)) abort();
	take(pages(bytes));
}

__attribute__((noinline)) static char *remap(char *p, size_t old, size_t bytes)
{
	p = mremap(p, old, bytes, MREMAP_MAYMOVE);
	if (p == MAP_FAILED) abort();
	if (pages(bytes) > pages(old)) add(pages(bytes) - pages(old));
	else take(pages(old) - pages(bytes));
	return p;
}

static void work(unsigned seed)
{
	const size_t page = pages(1);
	for (unsigned round = 0; round < ROUNDS; round++) {
		size_t n = 1 + (seed * 7 + round * 13) % 20;
		char *p = map(n * page - 100, PROT_READ | PROT_WRITE);
		p = remap(p, n * page, (n + 3) * page);
		p = remap(p, (n + 3) * page, (n + 1) * page);
		/* What fails changes nothing. */
		if (munmap(p + 1, page) == 0) abort();
		if (mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED) abort();
		if (mremap(p, page, 0, 0) != MAP_FAILED) abort();
		if (round % 4 == 0) { /* the middle goes, and the rest at the end of the round */
			unmap(p + page * (n / 2), page);
			if (n / 2) unmap(p, page * (n / 2));
			unmap(p + page * (n / 2 + 1), page * (n - n / 2));
		} else if (round % 4 < 3) {
			unmap(p, (n + 1) * page);
		}
	}
	map(64 * page, PROT_NONE);
	/* A page of a mapping is mapped anew, by another call. */
	char *p = map(10 * page, PROT_READ | PROT_WRITE);
	if (mmap(p + 2 * page, page, PROT_READ, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != p + 2 * page) abort();
	take(page);
	add(page);
	__atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
	/* A failed move leaves all where it is. */
	if (mremap(p, page, ~(size_t)0 / 2, MREMAP_MAYMOVE) != MAP_FAILED) abort();
}

/* Last, as malloc also moves the break. */
__attribute__((noinline)) static void move_break(void)
{
	const size_t page = pages(1);
	for (unsigned i = 1; i <= 10; i++) {
		char *old = sbrk((intptr_t)(page * i + 5));
		if (old == (char *)-1) return; /* musl's refuses to */
		uint64_t grown = pages((uintptr_t)old + page * i + 5) - pages((uintptr_t)old);
		add(grown);
		__atomic_add_fetch(&calls, grown > 0, __ATOMIC_RELAXED);
		if (i % 2) continue;
		old = sbrk(-(intptr_t)page);
		take(pages((uintptr_t)old) - pages((uintptr_t)old - page));
	}
}

static volatile unsigned ticks;

static void on_timer(int signal)
{
	(void)signal;
	char *p = map(3, PROT_READ);
	unmap(remap(p, 3, 9 * pages(1)), 9 * pages(1));
	ticks++;
}

static void work_interrupted(void)
{
	struct sigaction action = {.sa_handler = on_timer, .sa_flags = SA_RESTART};
	struct itimerval often = {{0, 200}, {0, 200}}, never = {{0, 0}, {0, 0}};
	if (sigaction(SIGALRM, &action, NULL) || setitimer(ITIMER_REAL, &often, NULL)) abort();
	for (unsigned i = 0; ticks < 300; i++) {
		work(i % 5);
		for (unsigned k = 0; k < 100; k++) free(malloc(300000)); /* which the C library maps at first */
	}
	if (setitimer(ITIMER_REAL, &never, NULL)) abort();
}

static void *thread(void *seed)
{
	work((unsigned)(uintptr_t)seed);
	return NULL;
}

static void print(const char *who)
{
	char line[200];
	int n = snprintf(line, sizeof line, "%smapped=%llu %smappings=%llu %slive=%llu\n",
	                 who, (unsigned long long)total, who, (unsigned long long)calls, who, (unsigned long long)live);
	if (write(1, line, (size_t)n) != n) abort();
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";
	if (strcmp(how, "threads") == 0) {
		pthread_t threads[THREADS];
		for (unsigned i = 0; i < THREADS; i++)
			if (pthread_create(&threads[i], NULL, thread, (void *)(uintptr_t)i)) abort();
		for (unsigned i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
	} else if (strcmp(how, "signals") == 0) {
		work_interrupted();
	} else if (strcmp(how, "fork") == 0) {
		char *p = map(pages(1) * 8, PROT_READ);
		pid_t child = fork();
		if (child < 0) abort();
		if (child == 0) {
			unmap(p, pages(1) * 3);
			work(1);
			print("child_");
			_exit(0);
		}
		if (waitpid(child, NULL, 0) != child) abort();
	} else {
		work(0);
		move_break();
	}
	print("");
	return 0;
}
