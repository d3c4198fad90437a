/* Threads that switch between coroutines on small stacks out of malloc, each of which
 * allocates, switches, and finds what it wrote when it comes back; coroutines end, their
 * stacks are freed, and others begin. What it writes is what teller.h says. */
#define _GNU_SOURCE
#include "teller.h"
#include <pthread.h>
#include <ucontext.h>

#define ROUTINES 12
#define STACK 16384 /* bytes */

struct routine {
	ucontext_t context;
	char *stack;
	int number, ended, right;
};

struct worker {
	pthread_t thread;
	ucontext_t back;
	struct routine *now;
};

static __thread struct worker *self;

static void yields(void)
{
	struct worker *w = self;
	swapcontext(&w->now->context, &w->back);
}

__attribute__((noinline)) static int deeper(int n, int depth)
{
	char *p = malloc((size_t)(n * 10 + depth + 1));
	p[0] = (char)(n + depth);
	yields();
	int right = depth == 0 || deeper(n, depth - 1);
	yields();
	right = p[0] == (char)(n + depth) && right;
	free(p);
	return right;
}

static void runs(void)
{
	struct routine *r = self->now;
	r->right = deeper(r->number, r->number % 6);
	r->ended = 1;
	swapcontext(&r->context, &self->back);
}

static void begin(struct routine *r, int number)
{
	free(r->stack);
	r->stack = malloc(STACK);
	r->number = number;
	r->ended = 0;
	getcontext(&r->context);
	r->context.uc_stack.ss_sp = r->stack;
	r->context.uc_stack.ss_size = STACK;
	r->context.uc_link = NULL;
	makecontext(&r->context, runs, 0);
}

static void *works(void *given)
{
	struct worker *w = self = given;
	struct routine all[ROUTINES] = {0};
	for (int i = 0; i < ROUTINES; i++)
		begin(&all[i], i);
	for (int n = 0; !is_over(); n++) {
		struct routine *r = w->now = &all[n % ROUTINES];
		swapcontext(&w->back, &r->context);
		if (r->ended) {
			turn(r->right);
			begin(r, r->number + 1);
			rest();
		}
	}
	for (int i = 0; i < ROUTINES; i++)
		free(all[i].stack);
	return NULL;
}

int main(int argc, char **argv)
{
	static struct worker workers[3];
	tell_begin(argc, argv);
	for (int i = 0; i < 3; i++)
		pthread_create(&workers[i].thread, NULL, works, &workers[i]);
	tell_until_end(NULL);
	for (int i = 0; i < 3; i++)
		pthread_join(workers[i].thread, NULL);
	tell();
	return 0;
}
