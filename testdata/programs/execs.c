/* Begins another program, in a way that its arguments say: execs WAY PROGRAM WAY …
 * The last one's way is "work": it allocates 100 blocks of 1000 bytes and exits with 3. */
#define _GNU_SOURCE
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int wait_for(pid_t pid) {
	int status = 1;
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

static int spawn(char **argv) {
	pid_t pid;
	return posix_spawn(&pid, argv[0], NULL, NULL, argv, environ) ? 1 : wait_for(pid);
}

static void *volatile nowhere = (void *)1;

static int absent(void) {
	char *argv[] = {"/nowhere/absent", NULL};
	execv(argv[0], argv);
	execve(nowhere, argv, (char **)nowhere);
	return spawn(argv);
}

int main(int argc, char **argv) {
	char *way = argv[1], *none[] = {NULL};
	char **next = argv + 2;
	free(malloc(17));
	if (strcmp(way, "work") == 0) {
		for (int i = 0; i < 100; i++) *(volatile char *)malloc(1000) = 1;
		return 3;
	}
	if (strcmp(way, "become") == 0) execv(next[0], next);
	if (strcmp(way, "self") == 0) execv("/proc/self/exe", next);
	if (strcmp(way, "self-bare") == 0) execve("/proc/self/exe", next, none);
	if (strcmp(way, "bare") == 0) execve(next[0], next, none);
	if (strcmp(way, "raw-bare") == 0) {
		usleep(20000); /* nobody tells of it: the recorder must have had a look before */
		syscall(SYS_execve, next[0], next, none);
	}
	if (strcmp(way, "user") == 0 && setuid(1000) == 0) execv(next[0], next);
	if (strcmp(way, "absent") == 0) return absent() == 1 ? 4 : 5;
	if (strcmp(way, "spawn") == 0) return spawn(next);
	if (strcmp(way, "fork") == 0) {
		pid_t pid = fork();
		if (pid) return wait_for(pid);
		execv(next[0], next);
	}
	perror(way);
	return 1;
}
