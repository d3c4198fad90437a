/* A thread that computes and is interrupted every 200 microseconds by a handler that
 * allocates on a small stack of its own, and now and then jumps out of it; threads that
 * allocate, of which one waits for signals in sigwait and sends them to itself. What it
 * writes is what teller.h says. */
#define _GNU_SOURCE
#include "teller.h"
#include <pthread.h>
#include <setjmp.h>
#include <sys/time.h>

static sigjmp_buf safety;
static volatile sig_atomic_t handled, jumping, failures;
static char small_stack[8192] __attribute__((aligned(64)));

/* Only the thread that computes gets this signal, and it calls nothing that allocates. */
static void on_alarm(int signal)
{
	(void)signal;
	handled++;
	char *p = malloc((size_t)(handled % 500) + 1), *q = calloc(3, (size_t)(handled % 50) + 1);
	if (p == NULL || q == NULL || q[0] != 0)
		failures++;
	p[0] = (char)handled;
	p = realloc(p, 700);
	if (p[0] != (char)handled)
		failures++;
	free(p);
	free(q);
	if (jumping && handled % 50 == 0)
		siglongjmp(safety, 1);
}

__attribute__((noinline)) static unsigned long computes(void)
{
	unsigned long x = 1;
	for (int i = 0; i < 200000; i++)
		x = x * 6364136223846793005ul + 1442695040888963407ul;
	return x;
}

static void *is_alarmed(void *given)
{
	(void)given;
	stack_t stack = {.ss_sp = small_stack, .ss_size = sizeof(small_stack)};
	sigaltstack(&stack, NULL);
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	struct itimerval often = {{0, 200}, {0, 200}}, never = {{0, 0}, {0, 0}};
	setitimer(ITIMER_REAL, &often, NULL);
	volatile unsigned long first = computes();
	while (!is_over()) {
		volatile unsigned long now = first;
		if (sigsetjmp(safety, 1) == 0) {
			jumping = 1;
			now = computes();
		}
		jumping = 0;
		turn(now == first && failures == 0);
	}
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	setitimer(ITIMER_REAL, &never, NULL);
	return NULL;
}

static void *awaits(void *given)
{
	(void)given;
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	while (!is_over()) {
		int got = 0;
		char *p = malloc(100);
		pthread_kill(pthread_self(), SIGUSR2);
		turn(sigwait(&set, &got) == 0 && got == SIGUSR2);
		free(p);
		rest();
	}
	return NULL;
}

static void *allocates(void *given)
{
	(void)given;
	while (!is_over()) {
		char *p = malloc(300);
		p[299] = 3;
		p = realloc(p, 3000);
		turn(p[299] == 3);
		free(p);
		rest();
	}
	return NULL;
}

int main(int argc, char **argv)
{
	tell_begin(argc, argv);
	struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_ONSTACK | SA_RESTART};
	sigaction(SIGALRM, &action, NULL);
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	sigaddset(&set, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	pthread_t all[3];
	pthread_create(&all[0], NULL, is_alarmed, NULL);
	pthread_create(&all[1], NULL, awaits, NULL);
	pthread_create(&all[2], NULL, allocates, NULL);
	tell_until_end(NULL);
	for (int i = 0; i < 3; i++)
		pthread_join(all[i], NULL);
	tell();
	return 0;
}
