/* An allocator within which a signal handler forks, as one does that reports a fault. The
 * child returns from the handler, goes on with the allocator's work, and allocates on.
 * Ends with the number of children that did not end as they should. */
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MARKED = 4321 };

static _Alignas(16) char pool[4 << 20];
static size_t used;
static int is_child, failed;

static void fork_in_handler(int signal)
{
	(void)signal;
	int status = 0;
	pid_t child = fork();
	is_child = child == 0;
	if (child > 0) waitpid(child, &status, 0);
	failed += status != 0 || child < 0;
}

void *malloc(size_t n)
{
	if (n == MARKED) raise(SIGUSR1);
	size_t *p = (size_t *)(pool + used);
	used += (n + 31) & ~(size_t)15;
	if (used > sizeof pool) return NULL;
	*p = n;
	return p + 2;
}

void free(void *p)
{
	if (p && ((size_t *)p)[-2] == MARKED) raise(SIGUSR1);
}

void *calloc(size_t n, size_t size) { return malloc(n * size); }

void *realloc(void *p, size_t n)
{
	void *q = malloc(n);
	if (p && q) memcpy(q, p, ((size_t *)p)[-2] < n ? ((size_t *)p)[-2] : n);
	return q;
}

static void *volatile kept;

static void end_child(void)
{
	if (!is_child) return;
	for (int i = 0; i < 100; i++) free(kept = malloc(10));
	_exit(0);
}

int main(void)
{
	signal(SIGUSR1, fork_in_handler);
	kept = malloc(MARKED);
	end_child();
	kept = realloc(kept, MARKED);
	end_child();
	free(kept);
	end_child();
	return failed;
}
