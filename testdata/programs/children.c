/* Makes children in the way that argv[1] names, with blocks alive on both sides:
 * fork (the child frees the parent's blocks, allocates its own and ends), vfork
 * (the child allocates and execs true), daemon (the child goes on in a session
 * of its own, allocates, and writes the file argv[2] when it is done, after the
 * parent has ended), spawn (posix_spawn of true). Counts what the parent does;
 * with vfork, the child's block as well, for the heap is the parent's. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "count.h"

enum { BLOCKS = 20, SIZE = 128 };

extern char **environ;
static void *blocks[BLOCKS];

static int wait_for(pid_t child)
{
	int status;
	return waitpid(child, &status, 0) == child && status == 0 ? 0 : 1;
}

static int by_fork(void)
{
	pid_t child = fork();
	if (child == 0) {
		for (int i = 0; i < BLOCKS; i++)
			free(blocks[i]);
		for (int i = 0; i < 1000; i++)
			if (!malloc(7))
				_exit(1);
		_exit(0);
	}
	return wait_for(child);
}

__attribute__((noinline)) static int by_vfork(void)
{
	pid_t child = vfork();
	if (child == 0) {
		/* Not portable, but programs do it, and the parent keeps the block. */
		if (!malloc(SIZE))
			_exit(1);
		count_alloc(SIZE);
		execlp("true", "true", (char *)NULL);
		_exit(1);
	}
	return wait_for(child);
}

static int by_daemon(const char *done)
{
	pid_t child = fork();
	if (child != 0)
		return child < 0;
	setsid();
	close(0);
	close(1);
	close(2);
	usleep(300 * 1000);
	for (int i = 0; i < 1000; i++)
		free(malloc(9));
	int fd = open(done, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	_exit(fd < 0 || write(fd, "done\n", 5) != 5);
}

static int by_spawn(void)
{
	char *args[] = {"true", NULL};
	pid_t child;
	return posix_spawnp(&child, "true", NULL, NULL, args, environ) || wait_for(child);
}

int main(int argc, char **argv)
{
	const char *way = argc > 1 ? argv[1] : "fork";
	for (int i = 0; i < BLOCKS; i++) {
		blocks[i] = malloc(SIZE);
		count_alloc(SIZE);
	}
	int failed = 1;
	if (!strcmp(way, "fork"))
		failed = by_fork();
	else if (!strcmp(way, "vfork"))
		failed = by_vfork();
	else if (!strcmp(way, "daemon") && argc > 2)
		failed = by_daemon(argv[2]);
	else if (!strcmp(way, "spawn"))
		failed = by_spawn();
	for (int i = 0; i < BLOCKS / 2; i++) {
		free(blocks[i]);
		count_free(SIZE);
	}
	count_print();
	return failed;
}
