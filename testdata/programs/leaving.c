/* Keeps 50 blocks of 100 bytes, which an atexit handler frees, and leaves in the way that argv[1]
 * names, with the status 7: vfork (a child of vfork, and one that posix_spawn cannot start, leave
 * before), fork (a child leaves before, by exit), twice (the handler calls _exit), handler (a
 * signal handler calls exit), jumped (after a handler has left malloc by siglongjmp), many (1,000
 * signals a second meanwhile). The handler of atexit says that it was called. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BLOCKS = 50, SIZE = 100, STATUS = 7 };

static void *kept[BLOCKS];
static int twice;
static sigjmp_buf before;

static void on_exit_free(void)
{
	static const char text[] = "leaves\n";
	for (int i = 0; i < BLOCKS; i++) {
		free(kept[i]);
		kept[i] = NULL;
	}
	if (write(1, text, sizeof text - 1) < 0 || twice)
		_exit(STATUS);
}

static void leave(int signal)
{
	(void)signal;
	exit(STATUS);
}

static void jump(int signal)
{
	(void)signal;
	siglongjmp(before, 1);
}

static void nothing(int signal)
{
	(void)signal;
}

static void each_ms(void (*handler)(int))
{
	struct itimerval every = {{0, 1000}, {0, 1000}};
	signal(SIGALRM, handler);
	setitimer(ITIMER_REAL, &every, NULL);
}

static void spawn_nothing(void)
{
	char *args[] = {"/nonexistent", NULL};
	pid_t child;
	if (posix_spawn(&child, args[0], NULL, NULL, args, args + 1) == 0)
		waitpid(child, NULL, 0);
	if (vfork() == 0)
		_exit(1);
	wait(NULL);
}

int main(int argc, char **argv)
{
	const char *way = argc > 1 ? argv[1] : "";
	atexit(on_exit_free);
	for (int i = 0; i < BLOCKS; i++)
		kept[i] = malloc(SIZE);
	if (!strcmp(way, "vfork"))
		spawn_nothing();
	if (!strcmp(way, "fork")) {
		if (fork() == 0)
			exit(1);
		wait(NULL);
	}
	twice = !strcmp(way, "twice");
	if (!strcmp(way, "handler")) {
		signal(SIGUSR1, leave);
		raise(SIGUSR1);
	}
	if (!strcmp(way, "jumped")) {
		each_ms(jump);
		if (sigsetjmp(before, 0) == 0)
			for (;;)
				free(malloc(SIZE));
	}
	if (!strcmp(way, "many"))
		each_ms(nothing);
	exit(STATUS);
}
