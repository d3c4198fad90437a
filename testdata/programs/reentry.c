/* Allocates without pause while a timer's handler allocates, too, so that signals
 * arrive inside the allocator and inside a profiler's hooks. Only to be run with
 * bump.c preloaded: the C library's malloc may not be interrupted. Runs for
 * argv[1] ticks (default 200). Counts every block. */
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>

#include "count.h"

static volatile sig_atomic_t ticks;

static void churn(size_t size)
{
	char *p = malloc(size);
	count_alloc(size);
	p = realloc(p, 2 * size);
	count_realloc(size, 2 * size);
	count_free(2 * size);
	free(p);
}

static void on_timer(int signal)
{
	(void)signal;
	churn(3000);
	ticks++;
}

int main(int argc, char **argv)
{
	int wanted = argc > 1 ? atoi(argv[1]) : 200;
	struct sigaction action = {.sa_handler = on_timer, .sa_flags = SA_RESTART};
	struct itimerval often = {{0, 500}, {0, 500}}, never = {{0, 0}, {0, 0}};
	if (sigaction(SIGALRM, &action, NULL) || setitimer(ITIMER_REAL, &often, NULL))
		return 1;
	while (ticks < wanted)
		churn(8);
	setitimer(ITIMER_REAL, &never, NULL);
	count_print();
	return 0;
}
