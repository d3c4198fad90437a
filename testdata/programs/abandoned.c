/* Frees addresses at which no memory may be read, and leaves free each time by
 * siglongjmp out of the handler of SIGSEGV: first in five functions that call each
 * other, then in main, then in a function that goes on to one that allocates. Counts
 * what is allocated. */
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "count.h"

static sigjmp_buf recovery;

static void on_fault(int signal)
{
	(void)signal;
	siglongjmp(recovery, 1);
}

static char *volatile nothing;

static void allocate(void)
{
	for (volatile int i = 0; i < 1000; i++) {
		void *volatile block = malloc(24);
		count_alloc(24);
		free(block);
		count_free(24);
	}
}

static void leave_free(void)
{
	if (!sigsetjmp(recovery, 1))
		free(nothing + 1024);
}

static void leave_deeper(int times, void (*then)(void))
{
	leave_free();
	if (times > 1)
		leave_deeper(times - 1, then);
	else if (then)
		then();
}

int main(void)
{
	nothing = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	signal(SIGSEGV, on_fault);
	allocate(); /* from here on the stack is known */
	leave_deeper(5, NULL);
	for (volatile int i = 0; i < 4; i++)
		if (!sigsetjmp(recovery, 1))
			free(nothing + 1024);
	allocate();
	leave_deeper(1, allocate);
	allocate();
	count_print();
	return 0;
}
