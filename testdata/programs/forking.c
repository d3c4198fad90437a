/* A thread that forks, in all ways there are, children that allocate and end, execute
 * something, or fork in their turn, while other threads allocate. Each child says by its
 * status whether all was right for it. What it writes is what teller.h says. */
#define _GNU_SOURCE
#include "teller.h"
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <sys/wait.h>

extern char **environ;
static char *held_by_all; /* of before each fork */

/* Allocates and frees; is all as it should be? */
static int works(int n)
{
	char *held[30];
	int right = 1;
	for (int i = 0; i < 30; i++) {
		held[i] = malloc((size_t)(i + n % 7 + 1) * 31);
		if (held[i] == NULL)
			return 0;
		held[i][0] = (char)(i + n);
	}
	held[3] = realloc(held[3], 5000);
	for (int i = 0; i < 30; i++) {
		right = held[i][0] == (char)(i + n) && right;
		free(held[i]);
	}
	return right;
}

static int ended_with(pid_t child, int want)
{
	int status;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return 0;
	return WIFEXITED(status) && WEXITSTATUS(status) == want;
}

static int forks(int n)
{
	pid_t child = fork();
	if (child == 0) {
		int right = works(n);
		free(held_by_all);
		if (n % 4 == 0) {
			pid_t inner = fork();
			if (inner == 0)
				_exit(works(n) ? 5 : 6);
			right = ended_with(inner, 5) && right;
		}
		if (n % 3 == 0)
			exit(right ? 7 : 8);
		_exit(right ? 7 : 8);
	}
	return child > 0 && ended_with(child, 7);
}

static int executes(int n)
{
	char *const command[] = {"/bin/sh", "-c", "exit 3", NULL};
	pid_t child;
	switch (n % 3) {
	case 0:
		child = fork();
		break;
	case 1:
		child = vfork();
		break;
	default:
		if (posix_spawn(&child, command[0], NULL, NULL, command, environ) != 0)
			return 0;
		return ended_with(child, 3);
	}
	if (child == 0) {
		execve(command[0], command, environ);
		_exit(9);
	}
	return child > 0 && ended_with(child, 3);
}

static void *forks_on(void *given)
{
	(void)given;
	for (int n = 0; !is_over(); n++) {
		held_by_all = malloc(1000);
		int right = n % 2 == 0 ? forks(n / 2) : executes(n / 2);
		free(held_by_all);
		turn(right);
		rest();
	}
	return NULL;
}

static void *allocates(void *given)
{
	for (int n = (int)(long)given; !is_over(); n++) {
		turn(works(n));
		rest();
	}
	return NULL;
}

int main(int argc, char **argv)
{
	tell_begin(argc, argv);
	pthread_t all[3];
	for (long i = 0; i < 3; i++)
		pthread_create(&all[i], NULL, i == 0 ? forks_on : allocates, (void *)i);
	tell_until_end(NULL);
	for (int i = 0; i < 3; i++)
		pthread_join(all[i], NULL);
	tell();
	return 0;
}
