/* Makes processes in the way that argv[1] names, with blocks alive on both sides
 * of each fork. Every process appends its counts to the file argv[2], a line
 * "pid=… total_bytes=… …" each, before it ends or is replaced by exec. A forked
 * child counts as profiles do: its totals begin with what its parent had live.
 *
 *   fork, raw (the system call), clone (another one), _Fork, thread (fork in a
 *   thread while others allocate): one child that frees and resizes what it
 *   inherited and allocates its own
 *   idle     a forked child that allocates nothing
 *   family   children of children, four deep
 *   many     argv[3] children, eight alive at once
 *   vfork, spawn, system, popen: this program again, as "leaf"
 *   exec     becomes "again", which becomes "leaf": three programs in one process
 *   forkexec a forked child that allocates and then becomes "leaf"
 *   daemon   a daemon by double fork that has closed all descriptors
 *   outlive  a forked child that allocates when its parent has ended
 *   linger   a forked child that says "child" and waits for a signal; its parent
 *            ends at once */
#define _GNU_SOURCE
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "count.h"

enum { BLOCKS = 20 };

extern char **environ;
static const char *counts_file;
static char *blocks[BLOCKS];
static size_t sizes[BLOCKS];

static void report(void)
{
	char line[320];
	int n = snprintf(line, sizeof line, "pid=%d ", (int)syscall(SYS_getpid));
	n += count_line(line + n, sizeof line - n);
	int fd = open(counts_file, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (fd < 0 || write(fd, line, n) != n)
		_exit(98);
	close(fd);
}

static void inherit(void)
{
	counted.total_bytes = counted.peak_bytes = counted.end_bytes;
	counted.total_blocks = counted.peak_blocks = counted.end_blocks;
}

static void *take(size_t size)
{
	void *p = malloc(size);
	if (!p)
		_exit(97);
	count_alloc(size);
	return p;
}

static void fill(int i)
{
	sizes[i] = 100 + 10 * i;
	blocks[i] = take(sizes[i]);
}

static void grow(int i)
{
	blocks[i] = realloc(blocks[i], sizes[i] + 5000);
	count_realloc(sizes[i], sizes[i] + 5000);
	sizes[i] += 5000;
}

static void drop(int i)
{
	free(blocks[i]);
	count_free(sizes[i]);
}

/* What a forked child does. */
static void live(void)
{
	for (int i = 0; i < 5; i++)
		drop(i);
	grow(5);
	for (int i = 0; i < 5; i++)
		fill(i);
	take(44);
}

static void live_and_report(void)
{
	inherit();
	live();
	report();
}

static int wait_for(pid_t child)
{
	int status;
	return child < 0 || waitpid(child, &status, 0) != child || status != 0;
}

static int child(pid_t pid)
{
	if (pid != 0)
		return wait_for(pid);
	live_and_report();
	_exit(0);
}

/* ---- in a thread ---- */

static _Atomic int over;

static char long_text[2000];

/* strdup allocates: these blocks stand in the profile under libc's name. */
static void *noise(void *none)
{
	char *text = none;
	while (!over) {
		char *last = text;
		text = strdup(long_text);
		free(last);
	}
	free(text);
	return NULL;
}

/* The child's blocks take the places of the other threads': of those that were
 * free when it was forked. */
static void *fork_here(void *failed)
{
	pid_t pid = fork();
	if (pid == 0) {
		inherit();
		for (int i = 0; i < 50; i++)
			take(1000 + 20 * i);
		report();
		_exit(0);
	}
	*(int *)failed = wait_for(pid);
	return NULL;
}

static int by_thread(void)
{
	pthread_t noisy[2], thread;
	int failed = 1;
	mallopt(M_ARENA_MAX, 1);
	memset(long_text, 'x', sizeof long_text - 1);
	for (int i = 0; i < 2; i++)
		if (pthread_create(&noisy[i], NULL, noise, NULL))
			return 1;
	for (int i = 0; i < 20; i++) {
		if (pthread_create(&thread, NULL, fork_here, &failed))
			return 1;
		pthread_join(thread, NULL);
		if (failed)
			return 1;
	}
	over = 1;
	for (int i = 0; i < 2; i++)
		pthread_join(noisy[i], NULL);
	return 0;
}

/* ---- others ---- */

static int family(int generations)
{
	pid_t pid = fork();
	if (pid != 0)
		return wait_for(pid);
	inherit();
	live();
	int failed = generations > 1 && family(generations - 1);
	take(generations);
	report();
	_exit(failed);
}

static int many(int n)
{
	enum { ALIVE = 8 };
	int failed = 0;
	for (int i = 0; i < n + ALIVE; i++) {
		if (i >= ALIVE) {
			int status;
			failed |= wait(&status) < 0 || status != 0;
		}
		if (i < n) {
			pid_t pid = fork();
			if (pid == 0) {
				live_and_report();
				_exit(0);
			}
			failed |= pid < 0;
		}
	}
	return failed;
}

static int shell_line(char *line, size_t size, const char *self)
{
	return snprintf(line, size, "'%s' leaf '%s'", self, counts_file) >= (int)size;
}

static int by_popen(const char *self)
{
	char line[4096];
	if (shell_line(line, sizeof line, self))
		return 1;
	FILE *f = popen(line, "r");
	return !f || pclose(f) != 0;
}

static int by_system(const char *self)
{
	char line[4096];
	return shell_line(line, sizeof line, self) || system(line) != 0;
}

static int by_spawn(char *const args[])
{
	pid_t pid;
	return posix_spawn(&pid, args[0], NULL, NULL, args, environ) || wait_for(pid);
}

__attribute__((noinline)) static int by_vfork(char *const args[])
{
	pid_t pid = vfork();
	if (pid == 0) {
		execv(args[0], args);
		_exit(1);
	}
	return wait_for(pid);
}

static int become(char *const args[])
{
	execv(args[0], args);
	return 1;
}

static int fork_and_become(char *const args[])
{
	pid_t pid = fork();
	if (pid != 0)
		return wait_for(pid);
	live_and_report();
	_exit(become(args));
}

static int make_daemon(void)
{
	pid_t pid = fork();
	if (pid != 0)
		return wait_for(pid);
	inherit();
	setsid();
	drop(19);
	take(66);
	report();
	if (fork() != 0)
		_exit(0);
	for (int fd = 0; fd < 1024; fd++)
		close(fd);
	usleep(100 * 1000);
	live_and_report();
	_exit(0);
}

static int leave(void (*stay)(void))
{
	pid_t pid = fork();
	if (pid == 0) {
		inherit();
		live();
		stay();
		report();
		_exit(0);
	}
	return pid < 0;
}

static void sleep_a_little(void)
{
	usleep(300 * 1000);
	take(77);
}

static void wait_for_signal(void)
{
	report();
	if (write(STDOUT_FILENO, "child\n", 6) != 6)
		_exit(96);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	const char *way = argv[1];
	counts_file = argv[2];
	char *leaf[] = {argv[0], "leaf", argv[2], NULL}, *again[] = {argv[0], "again", argv[2], NULL};
	for (int i = 0; i < BLOCKS; i++)
		fill(i);
	if (!strcmp(way, "leaf")) {
		drop(7);
		report();
		return 0;
	}
	int failed = 1;
	if (!strcmp(way, "fork"))
		failed = child(fork());
	else if (!strcmp(way, "raw"))
		failed = child((pid_t)syscall(SYS_fork));
	else if (!strcmp(way, "clone"))
		failed = child((pid_t)syscall(SYS_clone, SIGCHLD, 0L, 0L, 0L, 0L));
	else if (!strcmp(way, "_Fork"))
		failed = child(_Fork());
	else if (!strcmp(way, "thread"))
		failed = by_thread();
	else if (!strcmp(way, "idle")) {
		pid_t pid = fork();
		if (pid == 0)
			_exit(0);
		failed = wait_for(pid);
	} else if (!strcmp(way, "family"))
		failed = family(4);
	else if (!strcmp(way, "many") && argc > 3)
		failed = many(atoi(argv[3]));
	else if (!strcmp(way, "vfork"))
		failed = by_vfork(leaf);
	else if (!strcmp(way, "spawn"))
		failed = by_spawn(leaf);
	else if (!strcmp(way, "system"))
		failed = by_system(argv[0]);
	else if (!strcmp(way, "popen"))
		failed = by_popen(argv[0]);
	else if (!strcmp(way, "exec")) {
		report();
		failed = become(again);
	} else if (!strcmp(way, "again")) {
		take(333);
		report();
		failed = become(leaf);
	} else if (!strcmp(way, "forkexec"))
		failed = fork_and_become(leaf);
	else if (!strcmp(way, "daemon"))
		failed = make_daemon();
	else if (!strcmp(way, "outlive"))
		failed = leave(sleep_a_little);
	else if (!strcmp(way, "linger"))
		failed = leave(wait_for_signal);
	for (int i = 10; i < 15; i++)
		drop(i);
	take(55);
	report();
	return failed;
}
