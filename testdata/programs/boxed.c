/* Puts a child into a pid namespace of its own, as containers' tools and browsers do.
 * argv[1] says what /proc is there: "none" the one outside, "proc" one of its own, "root"
 * none at all, in a root directory of its own (argv[2], which is empty). The child, which
 * is process 1 there, allocates a block of 5000 bytes, and its child a hundred of 1000.
 * Prints the first one's process id outside. Status 77: it may not have such a namespace.
 *
 * With "same" the process in there is made whose number is that of this one outside. It
 * allocates and ends; then this one allocates ten thousand blocks. */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

static void *volatile kept;

static void grab(size_t bytes, int times)
{
	for (int i = 0; i < times; i++) {
		kept = malloc(bytes);
		memset(kept, 1, bytes);
	}
}

static void wait_for(pid_t child) { waitpid(child, NULL, 0); }

static void need(int failed)
{
	if (failed) _exit(77);
}

static void in_the_box(const char *way, const char *root, pid_t outside)
{
	if (strcmp(way, "proc") == 0 || strcmp(way, "same") == 0) need(mount("proc", "/proc", "proc", 0, NULL));
	if (strcmp(way, "root") == 0) need(chroot(root) || chdir("/"));
	if (strcmp(way, "same") != 0) {
		pid_t child = fork();
		if (child == 0) {
			grab(1000, 100);
			_exit(0);
		}
		wait_for(child);
		grab(5000, 1);
		_exit(0);
	}
	for (pid_t child = 0; child < outside;) {
		if ((child = fork()) == 0) {
			if (getpid() == outside) grab(1000, 100);
			_exit(0);
		}
		wait_for(child);
	}
	_exit(0);
}

int main(int argc, char **argv)
{
	pid_t self = getpid();
	need(argc < 2 || (unshare(CLONE_NEWPID | CLONE_NEWNS) && unshare(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS)));
	mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
	pid_t child = fork();
	if (child == 0) in_the_box(argv[1], argc > 2 ? argv[2] : "/", self);
	int status;
	waitpid(child, &status, 0);
	need(WIFEXITED(status) && WEXITSTATUS(status) == 77);
	if (strcmp(argv[1], "same") == 0) grab(40, 10000);
	else printf("%d\n", child);
	return 0;
}
