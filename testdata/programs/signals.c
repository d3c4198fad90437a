/* Allocates inside signal handlers: one on the normal stack, raised while the
 * program stands in a plain function; one on an alternate stack, raised by a
 * timer that interrupts a loop at any instruction; and one for a SIGSEGV that
 * is left by siglongjmp. The C library's malloc is never interrupted itself
 * (reentry.c does that). Counts every block. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "count.h"

static volatile int ticks;
static sigjmp_buf recovery;

static void churn(size_t size)
{
	char *p = malloc(size);
	count_alloc(size);
	memset(p, 1, size);
	p = realloc(p, size * 2);
	count_realloc(size, size * 2);
	free(p);
	count_free(size * 2);
}

static void on_usr1(int signal)
{
	(void)signal;
	churn(100);
}

static void on_timer(int signal)
{
	(void)signal;
	churn(200);
	ticks++;
}

static void on_fault(int signal)
{
	(void)signal;
	churn(300);
	siglongjmp(recovery, 1);
}

static void handle(int signal, void (*handler)(int), int flags)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
	if (sigaction(signal, &action, NULL))
		_exit(98);
}

static void ask(void)
{
	raise(SIGUSR1);
	churn(10);
}

__attribute__((noinline)) static unsigned spin(unsigned x)
{
	return x * 1664525u + 1013904223u;
}

static void interrupted(int wanted)
{
	struct itimerval often = {{0, 1000}, {0, 1000}}, never = {{0, 0}, {0, 0}};
	volatile unsigned x = 1;
	setitimer(ITIMER_REAL, &often, NULL);
	while (ticks < wanted)
		x = spin(x);
	setitimer(ITIMER_REAL, &never, NULL);
}

static void fault(void)
{
	volatile int *volatile nowhere = NULL;
	*nowhere = 1;
}

static char alternate[64 * 1024];

int main(void)
{
	stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
	if (sigaltstack(&stack, NULL))
		return 1;
	handle(SIGUSR1, on_usr1, 0);
	handle(SIGALRM, on_timer, SA_ONSTACK | SA_RESTART);
	handle(SIGSEGV, on_fault, SA_ONSTACK);
	for (int i = 0; i < 10; i++)
		ask();
	interrupted(20);
	for (int i = 0; i < 5; i++) {
		if (!sigsetjmp(recovery, 1))
			fault();
		churn(20);
	}
	count_print();
	return 0;
}
