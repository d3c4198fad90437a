/* Frees addresses at which no memory may be read, ten times, and leaves free each
 * time by siglongjmp out of the handler of SIGSEGV. What it allocates then, from
 * the same function, it counts. */
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

int main(void)
{
	char *volatile nothing = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	signal(SIGSEGV, on_fault);
	for (volatile int i = 0; i < 10; i++)
		if (!sigsetjmp(recovery, 1))
			free(nothing + 1024);
	for (volatile int i = 0; i < 1000; i++) {
		void *volatile block = malloc(24);
		count_alloc(24);
		free(block);
		count_free(24);
	}
	count_print();
	return 0;
}
