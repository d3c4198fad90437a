/* A program to be looked at while it runs. It allocates argv[1] blocks of 32 bytes, which live to the end (base), says
 * "ready", and then does argv[2] rounds of a hundredth of a second each, or goes on for ever if that is 0: in each it allocates
 * and frees argv[3] blocks of 100 bytes (churn), keeps one of 1000 (leak), and does nothing for the rest of the time.
 * At the end it prints how many blocks there were in all, and how many live, without the stream's buffer. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { FREES = 64 };

static void *volatile *held;
static void *volatile sink;
static long total, live;

__attribute__((noinline)) static void base(long n)
{
	held = malloc((n + 1) * sizeof *held);
	for (long i = 0; i < n; i++)
		held[i] = malloc(32);
	total += n + 1;
	live += n + 1;
}

__attribute__((noinline)) static void churn(long n)
{
	static void *recent[FREES];
	for (long i = 0; i < n; i++) {
		free(recent[i % FREES]);
		recent[i % FREES] = malloc(100);
	}
	for (int i = 0; i < FREES; i++) {
		free(recent[i]);
		recent[i] = NULL;
	}
	total += n;
}

__attribute__((noinline)) static void leak(void)
{
	sink = malloc(1000);
	total++;
	live++;
}

int main(int argc, char **argv)
{
	if (argc < 4)
		return 2;
	struct timespec due;
	base(atol(argv[1]));
	static char buffer[1024];
	setvbuf(stdout, buffer, _IOLBF, sizeof buffer);
	printf("ready%s\n", isatty(1) ? " on a terminal" : "");
	clock_gettime(CLOCK_MONOTONIC, &due);
	for (long i = 0, rounds = atol(argv[2]); rounds == 0 || i < rounds; i++) {
		churn(atol(argv[3]));
		leak();
		due.tv_nsec += 10 * 1000 * 1000;
		if (due.tv_nsec >= 1000 * 1000 * 1000) {
			due.tv_nsec -= 1000 * 1000 * 1000;
			due.tv_sec++;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
	}
	printf("total %ld live %ld\n", total, live);
	return 0;
}
